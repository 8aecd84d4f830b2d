import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';

/** A port of loopback on which nothing listens. */
export const NOBODY = 59998;

/** What a call rejects with, or throws. */
export async function failure(run) {
  try {
    await run();
  } catch (error) {
    return error;
  }
  throw new Error(`no failure: ${String(run)}`);
}

/** The error that an emitter tells next. */
export async function told(emitter, event = 'error') {
  const [error] = await new Promise((resolve) => emitter.once(event, (...all) => resolve(all)));
  return error;
}

/** An HTTP server on loopback that answers as it is told. */
export async function httpServer(answer) {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => answer(request, response));
  });
  return listening(server, () => server.closeAllConnections());
}

/** A TCP server on loopback. */
export async function tcpServer(onConnection) {
  const sockets = new Set();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  return listening(server, () => sockets.forEach((socket) => socket.destroy()));
}

async function listening(server, cut) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const close = async () => {
    cut();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port, url: `http://127.0.0.1:${port}`, close };
}
