import type { Socket } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import type { Arrived } from './arrived.js';

/** What the server does with a request: it may write anything to the socket, or nothing. */
export type Behaviour = (socket: Socket, request: Arrived) => void;

type Headers = Record<string, string | number | readonly string[]>;

function head(status: number, headers: Headers): string {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((item) => `${name}: ${item}\r\n`),
  );
  return `HTTP/1.1 ${status} Reason\r\n${lines.join('')}\r\n`;
}

/** An answer with a status, headers and a body. */
export function answer(status: number, body: string | Buffer = '', headers: Headers = {}): Behaviour {
  const lines = status === 204 || status === 304 ? {} : { 'content-length': Buffer.byteLength(body) };
  return (socket) => {
    socket.write(head(status, { ...lines, ...headers }));
    if (body.length > 0) socket.write(body);
  };
}

/** An answer with JSON. */
export const answerJson = (status: number, value: unknown, headers: Headers = {}): Behaviour =>
  answer(status, JSON.stringify(value), { 'content-type': 'application/json', ...headers });

/** What the server has received, as JSON. */
export const echo: Behaviour = (socket, { method, path, headers, body }) =>
  answerJson(200, { method, path, headers, body })(socket, {} as Arrived);

/** The connection is reset before an answer. */
export const reset: Behaviour = (socket) => void socket.resetAndDestroy();

/** The connection is closed in the face of a request, as by a server that has just ended an idle one. */
export const closeInFace: Behaviour = (socket) => void socket.destroy();

/** Nothing is ever answered. */
export const hang: Behaviour = () => undefined;

/** The connection is reset in the middle of the body. */
export const resetInBody: Behaviour = (socket) => {
  socket.write(head(200, { 'content-length': 100 }) + 'half');
  setImmediate(() => socket.resetAndDestroy());
};

/** The body never ends. */
export const hangInBody: Behaviour = (socket) =>
  void socket.write(head(200, { 'content-length': 100 }) + 'half');

/** Fewer bytes than the header says, and the end. */
export const tooShort: Behaviour = (socket) =>
  void socket.end(head(200, { 'content-length': 100 }) + 'short');

/** No length: the body ends with the connection. */
export const closeDelimited =
  (body: string, headers: Headers = {}): Behaviour =>
  (socket) =>
    void socket.end(head(200, { connection: 'close', ...headers }) + body);

/** Two 103 before the real answer. */
export const earlyHints =
  (then: Behaviour): Behaviour =>
  (socket, request) => {
    socket.write(head(103, { link: '</b.css>' }) + head(103, { link: '</a.css>; rel=preload' }));
    then(socket, request);
  };

/** A body of one byte after the other. */
export const drip =
  (body: string): Behaviour =>
  (socket) => {
    socket.write(head(200, { 'content-length': body.length }));
    const next = (index: number) => {
      if (index >= body.length || socket.destroyed) return;
      socket.write(body[index]);
      setImmediate(next, index + 1);
    };
    next(0);
  };

/** A body without an end. */
export const endless =
  (status = 200): Behaviour =>
  (socket) => {
    socket.write(head(status, { 'transfer-encoding': 'chunked' }));
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    const more = () => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on('drain', more);
    more();
  };

const encoders = {
  gzip: gzipSync,
  br: brotliCompressSync,
  deflate: deflateSync,
  'raw deflate': deflateRawSync,
};

/** A body in an encoding; `raw deflate` is the one that some servers mean by deflate. */
export function encoded(
  encoding: keyof typeof encoders,
  body: string | Buffer,
  headers: Headers = {},
): Behaviour {
  const name = encoding === 'raw deflate' ? 'deflate' : encoding;
  return answer(200, encoders[encoding](body), { 'content-encoding': name, ...headers });
}

/** An answer that leads elsewhere. */
export const redirect = (status: number, location: string): Behaviour =>
  answer(status, 'moved', { location });
