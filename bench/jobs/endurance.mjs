import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isQuick } from '../measure.mjs';
import { start } from '../nest.mjs';
import { ResilienceModule, ResilientHttpService } from '../subjects/library.mjs';

const CALLS = isQuick ? 14_000 : 105_000;
/** The first part is the warm-up; memory is looked at after each. */
const PARTS = 7;
/** More than the pool has connections: some calls wait for one. */
const CONCURRENCY = 80;

/** Everything is in use: retries without a budget, a circuit that counts but stays closed, both timeouts. */
const http = {
  // fewer than there are calls at a time: some wait
  connections: 50,
  timeout: { attempt: 250, total: 10_000 },
  retry: { maxRetries: 3, baseDelay: 1, budget: false },
  circuitBreaker: { failureRate: 0.9 },
};

const EXPECTED = new Set([
  'RESILIENCE_UPSTREAM_HTTP',
  'RESILIENCE_UPSTREAM_CONNECTION',
  'RESILIENCE_TIMEOUT',
]);

/** A long run against an upstream that fails three times in ten. */
export default async function endurance() {
  const server = fork(fileURLToPath(new URL('fault-server.mjs', import.meta.url)), { execArgv: [] });
  const [url] = await once(server, 'message');
  const app = await start([ResilienceModule.forRoot({ http })], []);
  const run = new Run(app.get(ResilientHttpService), url);
  process.on('unhandledRejection', run.onStray);
  const started = performance.now();
  const heaps = [];
  for (let part = 0; part < PARTS; part++) {
    await run.next(CALLS / PARTS);
    heaps.push({ calls: run.made, ...(await settled()) });
  }
  const seconds = (performance.now() - started) / 1000;
  server.send('report');
  const [seen] = await once(server, 'message');
  await app.close();
  server.disconnect();
  return { heaps, seconds, seen, ...run.result };
}

class Run {
  made = 0;
  /** How often each call has settled: it is to be once. */
  settled = new Uint8Array(CALLS);
  outcomes = {};
  unexpected = 0;

  constructor(client, url) {
    this.client = client;
    this.url = url;
  }

  /** So many calls more. */
  async next(count) {
    const end = this.made + count;
    const worker = async () => {
      while (this.made < end) await this.call(this.made++);
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  }

  call(id) {
    return this.client.get(`${this.url}/items/${id}`).then(
      ({ data }) =>
        this.end(id, data?.id === id ? 'the right answer' : `answer ${data?.id}`, data?.id === id),
      (error) => this.end(id, error?.code ?? String(error), EXPECTED.has(error?.code)),
    );
  }

  end(id, outcome, isExpected) {
    this.settled[id]++;
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
    if (!isExpected) this.unexpected++;
  }

  onStray = (error) => {
    this.outcomes[`unhandled: ${error}`] = 1;
    this.unexpected++;
  };

  get result() {
    const { made, outcomes, unexpected } = this;
    return { made, outcomes, unexpected, settledOnce: this.settled.filter((times) => times === 1).length };
  }
}

/** Memory in use when nothing is under way. */
async function settled() {
  await sleep(200);
  for (let pass = 0; pass < 3; pass++) globalThis.gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { used: heapUsed + external, rss };
}
