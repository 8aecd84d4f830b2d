// A client that keeps answers by their headers, loaded as a module and with require().
import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const load = process.argv[2] === 'cjs' ? require : (name) => import(name);
const { ResilienceModule, ResilientHttpService } = await load('nestjs-breakwater');
const { NestFactory } = await load('@nestjs/core');

const asked = [];
const server = createServer((request, response) => {
  asked.push([request.url, request.headers['if-none-match']]);
  if (request.url === '/fresh') response.setHeader('cache-control', 'max-age=60');
  else response.setHeader('cache-control', 'no-cache').setHeader('etag', '"1"');
  const isKnown = request.headers['if-none-match'] === '"1"';
  response.writeHead(isKnown ? 304 : 200).end(isKnown ? undefined : 'the answer');
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');

const baseUrl = `http://127.0.0.1:${server.address().port}`;
const module = ResilienceModule.forRoot({ http: { baseUrl, cache: { respect: 'headers' } } });
const app = await NestFactory.createApplicationContext(module, { logger: false });
try {
  const http = app.get(ResilientHttpService);
  for (const path of ['/fresh', '/asked']) {
    assert.equal((await http.get(path)).data, 'the answer');
    const { status, data, attempts } = await http.get(path);
    assert.deepEqual([status, data, attempts], [200, 'the answer', path === '/fresh' ? 0 : 1]);
  }
  assert.deepEqual(asked, [
    ['/fresh', undefined],
    ['/asked', undefined],
    ['/asked', '"1"'],
  ]);
} finally {
  await app.close();
  server.close();
}
