// Answers everything 100 ms after it has come, any number at a time, in a process of its own.
import { createServer } from 'node:http';

const LATENCY_MS = 100;
const body = JSON.stringify({ id: 7 });
const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  request.resume();
  setTimeout(() => response.writeHead(200, headers).end(body), LATENCY_MS);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', 2048, resolve));
process.on('disconnect', () => process.exit());
process.send(`http://127.0.0.1:${server.address().port}`);
