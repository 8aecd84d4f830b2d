// The library leaves the process as it is: it loads no undici before it is needed, and changes no global.
// Arguments: a case, and the format of the library's files.
import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { createServer } from 'node:http';
import Module, { createRequire, register } from 'node:module';
import { isDeepStrictEqual } from 'node:util';
import 'reflect-metadata';
import * as common from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

const require = createRequire(import.meta.url);
const [name, format] = process.argv.slice(2);

const isUndici = (path) => /[\\/]node_modules[\\/]undici[\\/]/.test(path);
const isLoaded = () => Object.keys(require.cache).some(isUndici);
const isNodesLoaded = () => process.moduleLoadList.some((module) => module.includes('deps/undici'));

/** The globals with which Node loads its own copy of undici, and those that are none of this program's business. */
const LEFT_ALONE =
  /^(fetch|Headers|Request|Response|FormData|WebSocket|EventSource|MessageEvent|CloseEvent|localStorage|sessionStorage)$/;

// Node makes many of its globals when they are read first
for (const key of Object.getOwnPropertyNames(globalThis)) if (!LEFT_ALONE.test(key)) void globalThis[key];

/** Every own property of the objects that a guest might touch. */
function snapshot() {
  const shared = { globalThis, Object, Function, Promise, Array, Error, Reflect, AbortSignal, EventTarget };
  return Object.fromEntries(
    Object.entries(shared).flatMap(([key, value]) => [
      [key, Object.getOwnPropertyDescriptors(value)],
      [`${key}.prototype`, Object.getOwnPropertyDescriptors(value.prototype ?? {})],
    ]),
  );
}

/** The symbols by which copies of the package find each other. */
const isOwn = (key) => typeof key === 'symbol' && Symbol.keyFor(key)?.startsWith('nestjs-breakwater');

function assertUntouched(before) {
  const after = snapshot();
  for (const [name, properties] of Object.entries(before)) {
    const keys = new Set([...Reflect.ownKeys(properties), ...Reflect.ownKeys(after[name])]);
    const isSame = (key) => isOwn(key) || isDeepStrictEqual(after[name][key], properties[key]);
    assert.deepEqual(
      [...keys].filter((key) => !isSame(key)),
      [],
      `${name} has changed`,
    );
  }
}

/** The files of one format: `require` finds those of ESM too. */
function load() {
  const esm = require.resolve('nestjs-breakwater');
  return format === 'cjs'
    ? require(esm.replace(/([\\/])esm([\\/])/, '$1cjs$2'))
    : import('nestjs-breakwater');
}

async function start({ imports = [], providers = [] }) {
  class AppModule {}
  common.Module({ imports, providers })(AppModule);
  return NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
}

const decorate = (decorators, type, key) =>
  decorators.forEach((decorator) => {
    const descriptor = Object.getOwnPropertyDescriptor(type.prototype, key);
    Object.defineProperty(type.prototype, key, decorator(type.prototype, key, descriptor) ?? descriptor);
  });

async function upstream() {
  const server = createServer((request, response) => request.resume().on('end', () => response.end('fine')));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${server.address().port}`;
}

/** A class that injects a client. */
function classWith(inject) {
  class Payments {
    constructor(http) {
      this.http = http;
    }
  }
  inject(Payments, undefined, 0);
  return Payments;
}

const cases = {
  async import() {
    const before = snapshot();
    // from Node 22 on it is part of Node's own start
    const wasLoaded = isNodesLoaded();
    const { resilienceInterceptor, fetchTransport } = await load();
    resilienceInterceptor({ retry: { maxRetries: 1 } });
    fetchTransport();
    assertUntouched(before);
    assert.deepEqual([isLoaded(), isNodesLoaded()], [false, wasLoaded]);
  },
  async decorators() {
    const { CircuitBreaker, ResilienceModule, Retryable } = await load();
    const before = snapshot();
    class Work {
      async run() {
        return 'done';
      }
    }
    decorate([Retryable(), CircuitBreaker()], Work, 'run');
    const app = await start({ imports: [ResilienceModule.forRoot()], providers: [Work] });
    assert.equal(await app.get(Work).run(), 'done');
    await app.close();
    assertUntouched(before);
    assert.equal(isLoaded(), false);
  },
  async injection() {
    const { getResilientHttpToken, ResilienceModule, ResilientHttpService } = await load();
    const own = { transport: { send: async () => ({ status: 200, headers: {}, body: Buffer.from('own') }) } };
    const clients = { stripe: {}, own };
    const module = (providers) => start({ imports: [ResilienceModule.forRoot({ clients })], providers });
    const unneeded = await module([classWith(common.Inject(getResilientHttpToken('own')))]);
    assert.equal(isLoaded(), false);
    await unneeded.close();
    const token = process.argv[4] === 'named' ? getResilientHttpToken('stripe') : ResilientHttpService;
    const app = await module([classWith(common.Inject(token))]);
    assert.equal(isLoaded(), true);
    await app.close();
  },
  async request() {
    const url = await upstream();
    const { ResilienceModule, ResilientHttpService } = await load();
    const app = await start({ imports: [ResilienceModule.forRoot()] });
    assert.equal(isLoaded(), false);
    assert.equal((await app.get(ResilientHttpService).get(url)).data, 'fine');
    assert.equal(isLoaded(), true);
    // Node 20's own copy takes a length that the caller gives, a newer one would refuse it
    const headers = { 'content-length': '3' };
    assert.equal((await fetch(url, { method: 'POST', headers, body: 'abc' })).status, 200);
    const undici = require(
      Object.keys(require.cache).find((path) => isUndici(path) && path.endsWith('index.js')),
    );
    const symbols = ['undici.globalDispatcher.1', 'undici.globalDispatcher.2'].map((key) => Symbol.for(key));
    for (const symbol of symbols) assert.ok(!(globalThis[symbol] instanceof undici.Dispatcher));
    await app.close();
  },
  async global() {
    const { ResilienceModule, ResilientHttpService } = await load();
    const app = await start({
      imports: [ResilienceModule.forRoot()],
      providers: [classWith(common.Inject(ResilientHttpService))],
    });
    assert.equal(isLoaded(), false);
    assert.equal((await app.get(ResilientHttpService).get('http://nowhere.test')).data, 'chosen');
    assert.equal(isLoaded(), false);
    await app.close();
  },
  async missing() {
    const hooks = `export const resolve = (name, context, next) => {
      if (name === 'undici') throw new Error('Cannot find package undici');
      return next(name, context);
    }`;
    register(`data:text/javascript,${encodeURIComponent(hooks)}`);
    const resolve = Module._resolveFilename;
    Module._resolveFilename = (request, ...rest) => {
      if (request === 'undici') throw new Error('Cannot find package undici');
      return resolve(request, ...rest);
    };
    const { ResilienceModule, ResilientHttpService, CircuitBreakerRegistry } = await load();
    const app = await start({ imports: [ResilienceModule.forRoot()] });
    const error = await app
      .get(ResilientHttpService)
      .get('http://127.0.0.1:9')
      .catch((reason) => reason);
    assert.equal(error.code, 'RESILIENCE_CONFIGURATION');
    assert.match(error.message, /the package undici.*npm install undici.*Cannot find package undici/);
    assert.deepEqual([...app.get(CircuitBreakerRegistry)], []);
    await app.close();
    const needing = classWith(common.Inject(ResilientHttpService));
    const starting = start({ imports: [ResilienceModule.forRoot()], providers: [needing] });
    await assert.rejects(starting, /npm install undici/);
  },
};

if (name === 'global') {
  // set before the library is loaded, in the manner of undici 6
  const dispatch = (_options, handler) => {
    handler.onConnect(() => undefined, null);
    handler.onHeaders(200, [Buffer.from('X-A'), Buffer.from('b')], () => undefined, 'OK');
    handler.onData(Buffer.from('chosen'));
    handler.onComplete([]);
    return true;
  };
  Object.defineProperty(globalThis, Symbol.for('undici.globalDispatcher.1'), {
    value: { dispatch },
    writable: true,
  });
}
await cases[name]();
console.log(`${name}: passed`);
process.exit(0);
