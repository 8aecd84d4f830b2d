import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { HttpModule, HttpService } from '@nestjs/axios';
import { Agent as HttpAgent } from 'node:http';
import axiosRetry from 'axios-retry';
import { Pool } from 'undici';
import { isQuick, shuffled } from '../measure.mjs';
import { start } from '../nest.mjs';
import { ResilienceModule, ResilientHttpService } from '../subjects/library.mjs';

const CONCURRENCY = 50;
const ROUNDS = isQuick ? 5 : 31;
const SLOT_MS = isQuick ? 50 : 300;
/** Long enough for the engine to have compiled what it is going to compile. */
const WARM_UP_MS = isQuick ? 200 : 3000;

/** CPU time of this process and time on the clock, per request; all cases take turns. */
export default async function http() {
  const server = fork(fileURLToPath(new URL('http-server.mjs', import.meta.url)), { execArgv: [] });
  const [url] = await once(server, 'message');
  const { cases, close } = await subjects(url);
  for (const { run } of cases) await slot(run, WARM_UP_MS);
  const entries = cases.map((one) => ({ ...one, rounds: [], clock: [], system: [] }));
  for (let round = -1; round < ROUNDS; round++) {
    for (const entry of shuffled(entries)) {
      const { cpu, clock, system } = await slot(entry.run, SLOT_MS);
      if (round < 0) continue;
      entry.rounds.push(cpu);
      entry.clock.push(clock);
      entry.system.push(system);
    }
  }
  await close();
  server.disconnect();
  return entries.map(({ name, rounds, clock, system }) => ({ name, rounds, clock, system }));
}

/** Nanoseconds per request: of CPU, how many of them in the kernel, and on the clock. */
async function slot(run, ms) {
  // A full collection would throw compiled code away: the slot would measure the compiler's threads above all.
  globalThis.gc?.({ type: 'minor' });
  let calls = 0;
  const started = performance.now();
  const worker = async () => {
    for (; performance.now() - started < ms; calls++) {
      if ((await run()).id !== 7) throw new Error('a wrong answer');
    }
  };
  const cpu = process.cpuUsage();
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  const { user, system } = process.cpuUsage(cpu);
  const clock = ((performance.now() - started) * 1e6) / calls;
  return { cpu: ((user + system) * 1000) / calls, system: (system * 1000) / calls, clock };
}

async function subjects(url) {
  const pool = new Pool(url, { connections: CONCURRENCY, pipelining: 1 });
  const axiosAgent = new HttpAgent({ keepAlive: true, maxSockets: CONCURRENCY });
  const app = await start([ResilienceModule.forRoot(), HttpModule.register({ httpAgent: axiosAgent })], []);
  const ours = app.get(ResilientHttpService);
  const axios = app.get(HttpService).axiosRef;
  (axiosRetry.default ?? axiosRetry)(axios);
  const path = `${url}/items/7`;
  const cases = [
    {
      name: 'undici Pool.request + json()',
      run: async () => (await pool.request({ path: '/items/7', method: 'GET' })).body.json(),
    },
    {
      name: 'this library: retry, circuit, both timeouts',
      run: async () => (await ours.get(path)).data,
    },
    {
      name: '… without timeouts',
      run: async () => (await ours.get(path, { timeout: false })).data,
    },
    { name: '@nestjs/axios + axios-retry', run: async () => (await axios.get(path)).data },
  ];
  const close = async () => {
    await app.close();
    await pool.close();
    axiosAgent.destroy();
  };
  return { cases, close };
}
