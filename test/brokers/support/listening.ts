import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';

/** A server that a suite needs. */
export interface Needed {
  readonly name: string;
  /** None for a transport that needs no broker. */
  readonly port?: number;
}

export const NATS = { name: 'NATS', port: 4222 };
export const REDIS = { name: 'Redis', port: 6379 };
export const RABBITMQ = { name: 'RabbitMQ', port: 5672 };
export const MQTT = { name: 'MQTT', port: 1883 };
export const POSTGRES = { name: 'PostgreSQL', port: 5432 };

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/**
 * Declares a suite where its server listens, and else says in one line that it does not. With `BREAKWATER_REQUIRE_<NAME>=1` a
 * server that does not listen is a failure.
 */
export async function describeWith({ name, port }: Needed, what: string, body: () => void): Promise<void> {
  if (port === undefined || (await listens(port))) return describe(what, body);
  process.stderr.write(`skipped: ${what}, since ${name} does not listen on 127.0.0.1:${port}\n`);
  const variable = `BREAKWATER_REQUIRE_${name.toUpperCase()}`;
  it(`${what}: ${name} may be missing`, () => expect(process.env[variable]).not.toBe('1'));
}
