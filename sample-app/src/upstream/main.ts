// An upstream that really misbehaves: a process of its own, on plain sockets.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { Faults } from './faults.js';
import { Journal } from './journal.js';

const faults = new Faults();
const journal = new Journal();
const SLOW_MS = 150;

function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** What a healthy upstream does. */
function work(request: IncomingMessage, path: string, body: string): { status: number; answer: unknown } {
  const [, resource, id = ''] = path.split('/');
  if (resource === 'inventory') {
    return id === 'unicorn'
      ? { status: 404, answer: { error: 'unknown' } }
      : { status: 200, answer: { sku: id, stock: 7 } };
  }
  if (resource === 'shipping') return { status: 200, answer: { tracking: `track-${id}` } };
  if (resource !== 'payments') return { status: 404, answer: { error: 'unknown' } };
  const { order } = JSON.parse(body) as { order: string };
  journal.charge(String(request.headers['idempotency-key'] ?? `without-key-${Math.random()}`), order);
  return { status: 201, answer: { order, charged: true } };
}

async function serve(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
  const body = await text(request);
  const what = `${request.method} ${path
    .split('/')
    .slice(0, path.startsWith('/inventory') ? 3 : 2)
    .join('/')}`;
  journal.request(what);
  const fault = faults.isOut ? 'outage' : faults.next();
  if (fault) journal.fault(fault);
  if (fault === 'outage') return void request.socket.resetAndDestroy();
  if (fault === 'unavailable') return json(response, 503, { error: 'overloaded' }, { 'retry-after': '1' });
  if (fault === 'notFound') return json(response, 404, { error: 'not found' });
  // the worst case: the work is done, and its answer is lost
  const { status, answer } = work(request, path, body);
  if (fault === 'reset') return void request.socket.resetAndDestroy();
  if (fault === 'hang') return;
  if (fault === 'slow') await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
  json(response, status, answer);
}

async function control(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
  if (path === '/journal' && request.method === 'DELETE') journal.clear();
  if (path === '/journal') return json(response, 200, journal);
  if (request.method === 'PUT') faults.set(JSON.parse(await text(request)) as object);
  json(response, 200, faults);
}

const server = createServer((request, response) => {
  const path = (request.url ?? '/').split('?')[0];
  const handler = path === '/faults' || path === '/journal' ? control : serve;
  handler(request, response, path).catch((error: unknown) => json(response, 400, { error: String(error) }));
});

server.listen(Number(process.env.UPSTREAM_PORT ?? 3001), '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : undefined });
});

function stop(): void {
  server.close();
  server.closeAllConnections();
  if (process.connected) process.disconnect();
}

// the shop tells when to stop; on its own, Ctrl-C does, and so does the end of the shop
process.on('SIGTERM', stop);
process.on('SIGINT', () => undefined);
process.on('disconnect', stop);
