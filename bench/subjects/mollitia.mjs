import { Circuit, Retry, SlidingCountBreaker } from 'mollitia';

/** The first module is the outermost. */
export function retryAndBreaker(service, options) {
  return circuit(service, [new Retry({ attempts: 3, interval: 0 }), new SlidingCountBreaker(options)]);
}

export function breaker(service, options) {
  return circuit(service, [new SlidingCountBreaker(options)]);
}

const circuit = (service, modules) =>
  new Circuit({ func: (value) => service.call(value), options: { modules } });
