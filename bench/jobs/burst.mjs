import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent as HttpAgent } from 'node:http';
import { fileURLToPath } from 'node:url';
import { HttpModule, HttpService } from '@nestjs/axios';
import { Agent, request } from 'undici';
import { isQuick, shuffled } from '../measure.mjs';
import { start } from '../nest.mjs';
import { getResilientHttpToken, ResilienceModule, ResilientHttpService } from '../subjects/library.mjs';

const CALLS = 1000;
const ROUNDS = isQuick ? 3 : 21;
const WARM_UP_ROUNDS = isQuick ? 1 : 4;
/** The connections that this library opens to one origin by default. */
const CONNECTIONS = 256;

/** Bursts of a thousand calls, far more than a pool has connections; all cases take turns. */
export default async function burst() {
  const server = fork(fileURLToPath(new URL('slow-server.mjs', import.meta.url)), { execArgv: [] });
  const [url] = await once(server, 'message');
  const { cases, close } = await subjects(url);
  const entries = cases.map((one) => ({ ...one, rounds: [], cpu: [], answered: [] }));
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    for (const entry of shuffled(entries)) {
      const { clock, cpu, answered } = await fire(entry.run);
      if (round < 0) continue;
      entry.rounds.push(clock);
      entry.cpu.push(cpu);
      entry.answered.push(answered);
    }
  }
  await close();
  server.disconnect();
  return entries.map(({ name, rounds, cpu, answered }) => ({ name, rounds, cpu, answered }));
}

/** The milliseconds of a burst, its CPU time per call, and the share of calls that were answered. */
async function fire(run) {
  globalThis.gc?.({ type: 'minor' });
  const used = process.cpuUsage();
  const started = performance.now();
  const results = await Promise.allSettled(Array.from({ length: CALLS }, run));
  const clock = performance.now() - started;
  const { user, system } = process.cpuUsage(used);
  const answered = results.filter(({ value }) => value?.id === 7).length / CALLS;
  return { clock, cpu: ((user + system) * 1000) / CALLS, answered };
}

async function subjects(url) {
  const narrow = new Agent({ connections: CONNECTIONS });
  const wide = new Agent();
  const axiosAgent = new HttpAgent({ keepAlive: true });
  const wideToken = getResilientHttpToken('wide');
  const clients = { wide: { connections: CALLS } };
  const app = await start(
    [ResilienceModule.forRoot({ clients }), HttpModule.register({ httpAgent: axiosAgent })],
    [],
  );
  const ours = app.get(ResilientHttpService);
  const ourWide = app.get(wideToken);
  const axios = app.get(HttpService).axiosRef;
  const over = (dispatcher) => async () => (await request(url, { dispatcher })).body.json();
  const cases = [
    { name: `undici request, ${CONNECTIONS} connections`, run: over(narrow) },
    {
      name: `this library, ${CONNECTIONS} connections (its default)`,
      run: async () => (await ours.get(url)).data,
    },
    { name: 'undici request, any number of connections (its default)', run: over(wide) },
    { name: `this library, ${CALLS} connections`, run: async () => (await ourWide.get(url)).data },
    { name: 'fetch', run: async () => (await fetch(url)).json() },
    { name: '@nestjs/axios', run: async () => (await axios.get(url)).data },
  ];
  const close = async () => {
    await app.close();
    await Promise.all([narrow.close(), wide.close()]);
    axiosAgent.destroy();
  };
  return { cases, close };
}
