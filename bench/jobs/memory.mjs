import { setTimeout as sleep } from 'node:timers/promises';
import { newService } from '../fresh.mjs';
import { isQuick } from '../measure.mjs';
import { HandWritten } from '../subjects/hand-written.mjs';
import { countTimers } from '../timers.mjs';

const SAMPLE = 1000;
const IDLE_MS = isQuick ? 500 : 3000;

/** Each prepares, and returns what makes the circuit of a key; a circuit has seen one successful call. */
const makers = {
  'hand-written': () => inMap((service, key) => [new HandWritten(), (hand) => hand.run(service, key)]),
  cockatiel: async () => {
    const { breaker } = await import('../subjects/cockatiel.mjs');
    return inMap((service, key) => [breaker(), (policy) => policy.execute(() => service.call(key))]);
  },
  opossum: async () => {
    const { breaker } = await import('../subjects/opossum.mjs');
    return inMap((service, key) => [breaker(service), (circuit) => circuit.fire(key)]);
  },
  library: (count) => keyed(count, {}),
  'library, count window': (count) => keyed(count, { failureRate: 0.5, window: { calls: 100 } }),
  'library, time window': (count) => keyed(count, { failureRate: 0.5, window: '10s' }),
};

function inMap(make) {
  const service = newService('echo');
  const circuits = new Map();
  return (key) => {
    const [circuit, call] = make(service, key);
    circuits.set(key, circuit);
    return call(circuit);
  };
}

async function keyed(count, options) {
  const { CircuitBreaker, startLibrary } = await import('../subjects/library.mjs');
  const circuit = CircuitBreaker({ key: (tenant) => tenant, maxKeys: count, ...options });
  const { services } = await startLibrary('echo', [[circuit]]);
  return (key) => services[0].call(key);
}

/** Bytes per circuit, the keys themselves apart; timers per circuit; and what the process burns while idle. */
export default async function memory(subject, count) {
  const use = await makers[subject](count);
  const keys = Array.from({ length: count }, (_, number) => `tenant-${number}`);
  const timers = await countTimers(() => each(keys.slice(0, SAMPLE), use));
  const before = await settled();
  await each(keys.slice(SAMPLE), use);
  const after = await settled();
  const perCircuit = (figure) => (figure(after) - figure(before)) / (count - SAMPLE);
  return {
    count,
    bytes: perCircuit(({ heapUsed, external }) => heapUsed + external),
    resident: perCircuit(({ rss }) => rss),
    timers: timers.alive / SAMPLE,
    idleCpu: await idleCpu(),
    // what was measured is in use until here
    isAlive: (await use(keys[0])) === keys[0],
  };
}

async function each(keys, use) {
  for (const key of keys) await use(key);
}

async function settled() {
  await sleep(100);
  for (let pass = 0; pass < 3; pass++) globalThis.gc();
  return process.memoryUsage();
}

/** Share of one core. */
async function idleCpu() {
  await sleep(200);
  const [started, usage] = [performance.now(), process.cpuUsage()];
  await sleep(IDLE_MS);
  const { user, system } = process.cpuUsage(usage);
  return (user + system) / 1000 / (performance.now() - started);
}
