// Answers everything with about 200 bytes of JSON, in a process of its own, so that its CPU time is not the client's.
import { createServer } from 'node:http';

const body = JSON.stringify({ id: 7, name: 'a harbour wall', tags: ['sea', 'stone'], note: 'x'.repeat(130) });
const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };

export default async function serve() {
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    request.resume();
    response.writeHead(200, headers).end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.on('disconnect', () => process.exit());
  return `http://127.0.0.1:${server.address().port}`;
}

if (process.send) process.send(await serve());
