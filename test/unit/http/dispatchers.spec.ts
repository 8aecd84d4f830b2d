import { describe, expect, it } from '@jest/globals';
import { Agent, EnvHttpProxyAgent, MockAgent, Pool, ProxyAgent, RetryAgent } from 'undici';
import {
  chooseDispatcher,
  hasPoolOptions,
  isChosen,
} from '../../../lib/http/transports/undici/dispatchers.js';

const proxy = new ProxyAgent('http://127.0.0.1:9');
const mock = new MockAgent();
const mine = new Agent({ connections: 1 });

describe('a global dispatcher', () => {
  it.each([
    ['an Agent', new Agent()],
    ['an Agent with no option set', new Agent({})],
    ['an Agent with an option that is undefined', new Agent({ connect: undefined } as never)],
  ])('is no choice of the application if it is %s', (_name, dispatcher) => {
    expect(isChosen(dispatcher)).toBe(false);
  });

  class Guard extends Agent {}
  const patched = new Agent();
  patched.dispatch = () => true;

  it.each<[string, object]>([
    ['an Agent with certificates', new Agent({ connect: { ca: 'ca' } })],
    ['an Agent with a connector', new Agent({ connect: () => undefined })],
    ['an Agent with a factory', new Agent({ factory: (origin) => new Pool(origin) })],
    ['an Agent with limits', new Agent({ connections: 4 })],
    ['an Agent with an interceptor', new Agent().compose((dispatch) => dispatch)],
    ['an Agent whose method is patched', patched],
    ['a class of its own', new Guard()],
    ['a class of the same name', new (class Agent extends Guard {})()],
    ['a Pool', new Pool('http://127.0.0.1:9')],
    ['a ProxyAgent', proxy],
    ['an EnvHttpProxyAgent', new EnvHttpProxyAgent()],
    ['a RetryAgent', new RetryAgent(new Agent())],
    ['a MockAgent', mock],
    ['an object with a method dispatch', { dispatch: () => true }],
    ['an object without a prototype', Object.assign(Object.create(null), { dispatch: () => true }) as object],
  ])('is chosen if it is %s', (_name, dispatcher) => {
    expect(isChosen(dispatcher as Agent)).toBe(true);
  });
});

describe('the dispatcher of a request is', () => {
  it.each([
    ['the one of the options, before a mock', mine, true, mock, { dispatcher: mine, setAside: mock }],
    ['the one of the options, which is the global one too', mine, false, mine, { dispatcher: mine }],
    ['a global mock, before options of connections', undefined, true, mock, { dispatcher: mock }],
    ['the own pools with options, before a global one', undefined, true, proxy, { setAside: proxy }],
    ['a global one that was chosen', undefined, false, proxy, { dispatcher: proxy }],
    ['the own pools, where none is chosen', undefined, false, undefined, {}],
    ['the own pools with options, where none is chosen', undefined, true, undefined, {}],
  ])('%s', (_rule, dispatcher, own, global, expected) => {
    const choice = chooseDispatcher({ dispatcher, hasPoolOptions: own }, global);
    expect(choice).toEqual({ dispatcher: undefined, ...expected });
  });
});

it('options of connections are a choice, the default of `proxy` is not', () => {
  expect(hasPoolOptions({ proxy: 'env', baseUrl: 'http://api.test' })).toBe(false);
  expect(hasPoolOptions({ tls: undefined })).toBe(false);
  for (const options of [
    { proxy: false },
    { connections: 1 },
    { tls: {} },
    { keepAlive: 0 },
    { http2: false },
  ])
    expect(hasPoolOptions(options)).toBe(true);
});
