import { read } from './error-chain.js';
import { matches } from './error-codes.js';

/** Message of undici when a proxy has refused a tunnel; the error has the code of an abort. */
const REFUSED_TUNNEL = /^Proxy response \((\d{3})\) !== 200 when HTTP Tunneling/;

/** Reads the status with which a proxy has refused a tunnel (CONNECT); undefined for every other error. */
export function tunnelStatus(error: unknown): number | undefined {
  const message = read(error, 'message');
  return matches(REFUSED_TUNNEL, message) ? Number(REFUSED_TUNNEL.exec(message as string)?.[1]) : undefined;
}
