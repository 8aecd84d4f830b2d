// Dispatchers of undici 6, 7 and 8 and of Node itself: as an option, and set globally before and after the library is loaded.
// Without arguments it runs every case in a process of its own, because a global dispatcher stays.
import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { availableParallelism } from 'node:os';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
const hasUndici8 = major > 22 || (major === 22 && minor >= 19);
const hasEnvProxy = major > 22 || (major === 22 && minor >= 21);
const COPIES = ['undici6', 'undici7', ...(hasUndici8 ? ['undici8'] : [])];
const HOWS = ['before', 'after', 'option'];
const GLOBALS = [Symbol.for('undici.globalDispatcher.2'), Symbol.for('undici.globalDispatcher.1')];

const listen = async (server) => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${server.address().port}`;
};

/** An upstream that answers 503 once per path, then tells what it was sent. */
function startUpstream() {
  const seen = new Set();
  const server = createServer(async (request, response) => {
    const body = await text(request);
    if (request.url === '/hang') return void response.on('close', () => (server.lost = true));
    const isUp = seen.has(request.url);
    seen.add(request.url);
    response.writeHead(isUp ? 200 : 503, {
      'content-type': 'application/json',
      'set-cookie': ['a=1', 'b=2'],
    });
    response.end(JSON.stringify({ method: request.method, body }));
  });
  return server;
}

/** A proxy that counts what goes through it, tunnels and plain requests. */
function startProxy(target) {
  const server = createServer((_request, response) => {
    server.count++;
    response.setHeader('content-type', 'application/json');
    response.end('{"method":"PROXIED"}');
  });
  server.count = 0;
  server.on('connect', (_request, socket) => {
    server.count++;
    const { port, hostname } = new URL(target);
    const tunnel = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      tunnel.pipe(socket).pipe(tunnel);
    });
    tunnel.on('error', () => socket.destroy());
    socket.on('error', () => tunnel.destroy());
  });
  return server;
}

/** The class of Node's own Agent, and a function that sets one. */
function nodesOwn() {
  void globalThis.Headers;
  const current = GLOBALS.map((symbol) => globalThis[symbol]).find(Boolean);
  const set = (dispatcher) => {
    for (const symbol of GLOBALS)
      if (globalThis[symbol] !== undefined || symbol === GLOBALS[1])
        Object.defineProperty(globalThis, symbol, {
          value: dispatcher,
          writable: true,
          enumerable: false,
          configurable: false,
        });
  };
  return { Agent: current.constructor, setGlobalDispatcher: set };
}

const undiciOf = async (copy) => (copy === 'node' ? nodesOwn() : import(copy));

async function start(http = {}) {
  await import('reflect-metadata');
  const { Module } = await import('@nestjs/common');
  const { NestFactory } = await import('@nestjs/core');
  const library = await import('nestjs-breakwater');
  class AppModule {}
  const options = { http: { retry: { baseDelay: 1 }, timeout: { attempt: '5s' }, ...http } };
  Module({ imports: [library.ResilienceModule.forRoot(options)] })(AppModule);
  const warned = [];
  const logger = {
    log() {},
    error() {},
    debug() {},
    verbose() {},
    warn: (...line) => warned.push(line.join(' ')),
  };
  const app = await NestFactory.createApplicationContext(AppModule, { logger, abortOnError: false });
  return { app, http: app.get(library.ResilientHttpService), library, warned };
}

/** The client with a dispatcher that was chosen in one of three ways. */
async function startWith(how, { setGlobalDispatcher }, dispatcher) {
  if (how === 'option') return start({ dispatcher });
  if (how === 'before') setGlobalDispatcher(dispatcher);
  const started = await start();
  if (how === 'after') setGlobalDispatcher(dispatcher);
  return started;
}

const cases = {
  async mock(copy, how) {
    const undici = await undiciOf(copy);
    const mock = new undici.MockAgent();
    mock.disableNetConnect();
    const api = mock.get('https://api.example.com');
    const headers = { 'content-type': 'application/json', 'x-twice': ['1', '2'] };
    api.intercept({ path: '/a' }).reply(503);
    api.intercept({ path: '/a' }).reply(200, { fine: true }, { headers });
    const { http } = await startWith(how, undici, mock);
    const { data, attempts, headers: received } = await http.get('https://api.example.com/a');
    assert.deepEqual([data, attempts], [{ fine: true }, 2]);
    assert.match(String(received['x-twice']), /^1, ?2$/);
    await assert.rejects(http.get('http://127.0.0.1:9/', { retry: false }));
    await mock.close();
  },
  async agent(copy, how) {
    const upstream = startUpstream();
    const url = await listen(upstream);
    const undici = await undiciOf(copy);
    const { hostname, port } = new URL(url);
    // a name that only this agent can resolve
    const lookup = (_name, options, done) =>
      options.all ? done(null, [{ address: hostname, family: 4 }]) : done(null, hostname, 4);
    const agent = new undici.Agent({ connect: { lookup } });
    const { http } = await startWith(how, undici, agent);
    const sent = await http.put(`http://only-here.test:${port}/a`, { a: 1 });
    assert.deepEqual([sent.data, sent.attempts], [{ method: 'PUT', body: '{"a":1}' }, 2]);
    assert.deepEqual([sent.headers['set-cookie']].flat(), ['a=1', 'b=2']);
    const { data } = await http.get(`http://only-here.test:${port}/a`, { responseType: 'stream' });
    assert.deepEqual(JSON.parse(await text(data)), { method: 'GET', body: '' });
    const limits = { timeout: { attempt: 50 }, retry: false };
    await assert.rejects(http.get(`http://only-here.test:${port}/hang`, limits), {
      code: 'RESILIENCE_TIMEOUT',
    });
    while (!upstream.lost) await new Promise((resolve) => setTimeout(resolve, 5));
    await agent.close();
  },
  async proxy(copy, how) {
    const url = await listen(startUpstream());
    const proxy = startProxy(url);
    const undici = await undiciOf(copy);
    const agent = new undici.ProxyAgent(await listen(proxy));
    const { http } = await startWith(how, undici, agent);
    const { status } = await http.get(`${url}/a`);
    assert.equal(status, 200);
    assert.ok(proxy.count > 0, 'the proxy was not asked');
    await agent.close();
  },
  async setAside(copy, how) {
    const url = await listen(startUpstream());
    const undici = await undiciOf(copy);
    const mine = new undici.Agent({ keepAliveTimeout: 1000 });
    if (how === 'before') undici.setGlobalDispatcher(new undici.Agent({ keepAliveTimeout: 2000 }));
    const { http, warned } = await start({ dispatcher: mine });
    if (how === 'after') undici.setGlobalDispatcher(new undici.Agent({ keepAliveTimeout: 2000 }));
    // an agent with default options is no choice
    if (how === 'option') undici.setGlobalDispatcher(new undici.Agent());
    await http.get(`${url}/a`);
    await http.get(`${url}/b`);
    assert.equal(
      warned.filter((line) => line.includes('global dispatcher')).length,
      how === 'option' ? 0 : 1,
    );
    await mine.close();
  },
  async wrapper(copy) {
    nodesOwn();
    const { Dispatcher1Wrapper, MockAgent } = await import(copy);
    const mock = new MockAgent();
    mock.get('https://api.example.com').intercept({ path: '/a' }).reply(200, 'mocked');
    globalThis[GLOBALS[1]] = new Dispatcher1Wrapper(mock);
    const { http } = await start();
    assert.equal((await http.get('https://api.example.com/a')).data, 'mocked');
  },
  async interceptor(copy) {
    const url = await listen(startUpstream());
    const { Agent, fetch, request } = await import(copy);
    const { resilienceInterceptor } = await import('nestjs-breakwater');
    const retry = { maxRetries: 2, baseDelay: 0, budget: false };
    const agent = new Agent();
    const dispatcher = agent.compose(resilienceInterceptor({ retry }));
    const { statusCode, body, headers } = await request(`${url}/a`, {
      dispatcher,
      method: 'PUT',
      body: 'text',
    });
    assert.deepEqual([statusCode, await body.json()], [200, { method: 'PUT', body: 'text' }]);
    assert.deepEqual(headers['set-cookie'], ['a=1', 'b=2']);
    const response = await fetch(`${url}/b`, { dispatcher });
    assert.deepEqual([response.status, await response.json()], [200, { method: 'GET', body: '' }]);
    assert.equal(response.headers.get('content-type'), 'application/json');
    await agent.close();
  },
  async environment() {
    const { http } = await start();
    assert.equal((await http.get('http://only-the-proxy.test/a')).status, 200);
  },
};

async function inChild(args, env = {}) {
  const child = spawn(process.execPath, ['--no-warnings', fileURLToPath(import.meta.url), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [said, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  if (code !== 0) throw new Error(`${args.join(' ')} on Node ${process.version}\n${said}${errors}`);
}

function programs() {
  const names = ['mock', 'agent', 'proxy', 'setAside'];
  const ofCopies = COPIES.flatMap((copy) => [
    ...HOWS.flatMap((how) => names.map((name) => [name, copy, how])),
    ['interceptor', copy],
  ]);
  // Node 24's own copy is of version 7: a wrapper of version 8 was put beside it by hand
  const wrapper = major === 24 ? [['wrapper', 'undici8']] : [];
  return [...ofCopies, ...wrapper, ...HOWS.map((how) => ['agent', 'node', how])];
}

async function all() {
  const waiting = programs();
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await inChild(next);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  if (hasEnvProxy) await overEnvironment();
}

async function overEnvironment() {
  const proxy = startProxy(await listen(startUpstream()));
  const HTTP_PROXY = await listen(proxy);
  await inChild(['environment'], { NODE_USE_ENV_PROXY: '1', HTTP_PROXY, NO_PROXY: '' });
  assert.ok(proxy.count > 0, 'the proxy of the environment was not asked');
}

const [name, ...args] = process.argv.slice(2);
if (name) {
  await cases[name](...args);
  process.exit(0);
}
await all();
console.log('dispatchers: passed');
process.exit(0);
