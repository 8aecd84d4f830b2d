import { ownSetImmediate } from './timers.js';

/** Most turns that {@link untilQuiet} waits for: a call that is retried at once for ever has to meet its time limit. */
const MOST_TURNS = 1000;

let retriesAtOnce = 0;

/** Counts a retry that is made without a wait, in this process; also when its turn of the event loop has come. */
export function countRetryAtOnce(): void {
  retriesAtOnce++;
}

/** Resolves after the event loop has had a turn: timers and sockets get their chance. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => (ownSetImmediate ?? sendMessage)(resolve));
}

/** Resolves after a turn of the event loop in which no call was retried at once, or after 1000 turns. */
export async function untilQuiet(): Promise<void> {
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const before = retriesAtOnce;
    await nextTurn();
    if (retriesAtOnce === before) return;
  }
}

/** Takes a turn where every `setImmediate` is a fake one: this file was loaded after a test had faked it. */
function sendMessage(fn: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.once('message', () => {
    port1.close();
    fn();
  });
  port2.postMessage(undefined);
}
