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
const CALLS = isQuick ? 500 : 2000;
const ROUNDS = isQuick ? 5 : 31;
const WARM_UP_ROUNDS = 4;

/** CPU time of this process and time on the clock, per request; all cases take turns. */
export default async function http() {
  const server = fork(fileURLToPath(new URL('http-server.mjs', import.meta.url)), { execArgv: [] });
  const [url] = await once(server, 'message');
  const { cases, close } = await subjects(url);
  const entries = cases.map((one) => ({ ...one, rounds: [], clock: [] }));
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    for (const entry of shuffled(entries)) {
      const { cpu, clock } = await slot(entry.run);
      if (round < 0) continue;
      entry.rounds.push(cpu);
      entry.clock.push(clock);
    }
  }
  await close();
  server.disconnect();
  return entries.map(({ name, rounds, clock }) => ({ name, rounds, clock }));
}

/** Nanoseconds per request: of CPU, and on the clock. */
async function slot(run) {
  globalThis.gc?.();
  let left = CALLS;
  const worker = async () => {
    while (left-- > 0) if ((await run()).id !== 7) throw new Error('a wrong answer');
  };
  const cpu = process.cpuUsage();
  const started = performance.now();
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  const clock = ((performance.now() - started) * 1e6) / CALLS;
  const { user, system } = process.cpuUsage(cpu);
  return { cpu: ((user + system) * 1000) / CALLS, clock };
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
