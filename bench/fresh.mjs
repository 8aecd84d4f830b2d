// Code that is compiled anew for each case. Functions made twice from one place in the source share what the
// engine has learned about them, so one case would run with the inline caches of another.

const loops = {
  /** Calls that succeed. */
  resolves: `for (let call = 0; call < calls; call++) await run();`,
  /** Calls that are refused: each rejection is caught. */
  rejects: `let caught = 0;
    for (let call = 0; call < calls; call++) {
      try { await run(); } catch { caught++; }
    }
    if (caught !== calls) throw new Error('a call was not rejected');`,
};

/** A loop that awaits `run` so many times. */
export function newLoop(run, kind = 'resolves') {
  return new Function('run', `return async (calls) => { ${loops[kind]} };`)(run);
}

const READY_MADE = new Error('down');

const bodies = {
  /** Always succeeds. */
  echo: `async call(value) { return value; }`,
  /** Succeeds with the next turn of the event loop, as an upstream does at the earliest. */
  upstream: `call(value) { return new Promise((resolve) => setImmediate(resolve, value)); }`,
  /** Always fails; the error was made before. */
  down: `async call() { throw ready; }`,
  /** Fails twice, then succeeds; each failure is a new error. */
  'fresh error': `attempts = 0;
    async call(value) { if (++this.attempts % 3 !== 0) throw new Error('down'); return value; }`,
  /** The same, without the cost of making an error. */
  'ready-made error': `attempts = 0;
    async call(value) { if (++this.attempts % 3 !== 0) throw ready; return value; }`,
};

/** A service class of its own with one method, `call(value)`. */
export function newServiceClass(kind) {
  return new Function('ready', `return class Service { ${bodies[kind]} };`)(READY_MADE);
}

export const newService = (kind) => new (newServiceClass(kind))();
