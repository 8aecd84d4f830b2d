import type { ResilienceErrorPayload } from './answers.js';

/** A client of socket.io, or one of a library with plain WebSockets. */
export interface SocketClient {
  /** A number on plain WebSockets only. */
  readonly readyState?: unknown;
  send?(message: string): unknown;
  emit?(event: string, payload: unknown): unknown;
}

/** The message that the client's error answers. */
interface Message {
  readonly pattern: unknown;
  readonly data: unknown;
}

/** Sends a WebSocket client the event `exception`, as Nest's own filter does. */
export function answerWebSocket(client: SocketClient, payload: ResilienceErrorPayload, cause: Message): void {
  const data = { ...payload, cause };
  // plain sockets are event emitters too, but what they emit stays on this side
  const isPlain = typeof client.readyState === 'number' && typeof client.send === 'function';
  if (isPlain) client.send?.(JSON.stringify({ event: 'exception', data }));
  else client.emit?.('exception', data);
}
