// A server on raw sockets, in a process of its own, that fails three times in ten. It counts what it sees.
import { createServer } from 'node:net';

const PADDING = 'x'.repeat(150);
const MOST_ATTEMPTS = 4;

const head = (status, headers) =>
  `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\n${headers}\r\n\r\n`;
const bodyOf = (id) => JSON.stringify({ id, note: PADDING });

/** Of a hundred requests so many meet each; all others are answered. */
const FAULTS = [
  [
    '503',
    10,
    (socket) => socket.write(head('503 Service Unavailable', 'retry-after: 0\r\ncontent-length: 2') + '{}'),
  ],
  ['reset before the answer', 7, (socket) => socket.resetAndDestroy()],
  ['reset in the body', 6, (socket, body) => part(socket, body, () => socket.resetAndDestroy())],
  ['truncated body', 5, (socket, body) => part(socket, body, () => socket.end())],
  ['no answer', 1, () => undefined],
  ['no end of the body', 1, (socket, body) => part(socket, body, () => undefined)],
];

function part(socket, body, then) {
  socket.write(head('200 OK', `content-length: ${body.length}`) + body.slice(0, 50));
  setImmediate(then);
}

function answer(socket, body) {
  socket.write(head('200 OK', `content-length: ${body.length}`) + body);
}

// the same faults in every run
let seed = 20_260_101;
function random() {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
}

function behaviour() {
  let drawn = random() * 100;
  for (const [name, share, act] of FAULTS) {
    drawn -= share;
    if (drawn < 0) return [name, act];
  }
  return ['answered', answer];
}

const open = new Set();
const seen = { connections: 0, mostOpen: 0, requests: 0, tooOften: 0, met: {} };
const attempts = new Map();

/** What ended and what was opened in one turn of the event loop comes in any order: it is counted when the turn is over. */
function countOpen() {
  seen.mostOpen = Math.max(seen.mostOpen, open.size);
}

function serve(socket) {
  seen.connections++;
  open.add(socket);
  setImmediate(countOpen);
  for (const event of ['end', 'error', 'close']) socket.on(event, () => open.delete(socket));
  socket.setNoDelay(true);
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
    for (let end = received.indexOf('\r\n\r\n'); end >= 0; end = received.indexOf('\r\n\r\n')) {
      const id = Number(/^GET \/items\/(\d+) /.exec(received)[1]);
      received = received.slice(end + 4);
      handle(socket, id);
    }
  });
}

function handle(socket, id) {
  seen.requests++;
  const times = (attempts.get(id) ?? 0) + 1;
  attempts.set(id, times);
  if (times > MOST_ATTEMPTS) seen.tooOften++;
  const [name, act] = behaviour();
  seen.met[name] = (seen.met[name] ?? 0) + 1;
  act(socket, bodyOf(id));
}

const server = createServer(serve).listen(0, '127.0.0.1', () => {
  process.send(`http://127.0.0.1:${server.address().port}`);
});
process.on('message', () => process.send({ ...seen, open: open.size }));
process.on('disconnect', () => process.exit());
