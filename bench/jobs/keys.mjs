import { newService } from '../fresh.mjs';
import { measure, shuffled } from '../measure.mjs';
import * as cockatiel from '../subjects/cockatiel.mjs';
import { HandWritten } from '../subjects/hand-written.mjs';
import { CircuitBreaker, rates, startLibrary } from '../subjects/library.mjs';

/** Calls that go round so many keys in a random order; every key has been used before. */
export default async function keys(count) {
  const key = (tenant) => tenant;
  const options = { key, maxKeys: count };
  const { services } = await startLibrary('echo', [
    [CircuitBreaker()],
    [CircuitBreaker(options)],
    [CircuitBreaker({ ...options, ...rates.count })],
  ]);
  const [single, keyed, counted] = services;
  const cases = {
    'bare call': newBare(),
    'hand-written, in a Map': newHandWritten(),
    '@CircuitBreaker, one circuit': (tenant) => single.call(tenant),
    '@CircuitBreaker({ key })': (tenant) => keyed.call(tenant),
    '… failureRate, the last 100 calls': (tenant) => counted.call(tenant),
    'cockatiel breaker, in a Map': newCockatiel(),
  };
  const names = Array.from({ length: count }, (_, number) => `tenant-${number}`);
  for (const call of Object.values(cases)) for (const name of names) await call(name);
  return measure(Object.entries(cases).map(([name, call]) => ({ name, run: roundabout(names, call) })));
}

function roundabout(names, call) {
  const order = shuffled(names);
  let next = -1;
  return () => call(order[(next = next + 1 === order.length ? 0 : next + 1)]);
}

function newBare() {
  const service = newService('echo');
  return (tenant) => service.call(tenant);
}

function newHandWritten() {
  const service = newService('echo');
  const circuits = new Map();
  return (tenant) => {
    let circuit = circuits.get(tenant);
    if (!circuit) circuits.set(tenant, (circuit = new HandWritten()));
    return circuit.run(service, tenant);
  };
}

function newCockatiel() {
  const service = newService('echo');
  const circuits = new Map();
  return (tenant) => {
    let circuit = circuits.get(tenant);
    if (!circuit) circuits.set(tenant, (circuit = cockatiel.breaker()));
    return circuit.execute(() => service.call(tenant));
  };
}
