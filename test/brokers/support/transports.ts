import { randomUUID } from 'node:crypto';
import { Transport } from '@nestjs/microservices';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { freePort } from './link.js';
import { MQTT, NATS, RABBITMQ, REDIS } from './listening.js';
import type { Needed } from './listening.js';

/** A transport of Nest, as both sides of a message use it. */
export interface Way {
  readonly name: string;
  readonly needs: Needed;
  /** True if a broker keeps a message until a service is there to take it. */
  readonly keepsMessages?: boolean;
  /** The same options for each port: that of the broker, or of the service, or of a link to it. */
  readonly options: (port: number) => MicroserviceOptions;
  readonly portOf: () => Promise<number>;
}

const host = '127.0.0.1';
const brokerAt = (needs: Needed & { port: number }) => ({ needs, portOf: async () => needs.port });
/** A queue for this run alone, which RabbitMQ deletes when it has not been used for a minute. */
const queueOptions = { durable: false, arguments: { 'x-expires': 60_000 } };

/** The transports, each with names of its own per test: brokers are shared. */
export const WAYS: readonly (() => Way)[] = [
  () => ({
    name: 'TCP',
    needs: { name: 'TCP' },
    portOf: freePort,
    options: (port) => ({ transport: Transport.TCP, options: { host, port } }),
  }),
  () => ({
    name: 'NATS',
    ...brokerAt(NATS),
    options: (port) => ({ transport: Transport.NATS, options: { servers: [`nats://${host}:${port}`] } }),
  }),
  () => ({
    name: 'Redis',
    ...brokerAt(REDIS),
    // without retryAttempts Nest's client unsubscribes on a connection that is closed, and does not handle the rejection
    options: (port) => ({
      transport: Transport.REDIS,
      options: { host, port, retryAttempts: 1_000, retryDelay: 100 },
    }),
  }),
  () => {
    const queue = `breakwater-${randomUUID()}`;
    return {
      name: 'RabbitMQ',
      keepsMessages: true,
      ...brokerAt(RABBITMQ),
      options: (port) => ({
        transport: Transport.RMQ,
        options: {
          urls: [`amqp://guest:guest@${host}:${port}`],
          queue,
          queueOptions,
          socketOptions: { reconnectTimeInSeconds: 0.1 },
        },
      }),
    };
  },
  () => ({
    name: 'MQTT',
    ...brokerAt(MQTT),
    options: (port) => ({
      transport: Transport.MQTT,
      options: { url: `mqtt://${host}:${port}`, reconnectPeriod: 100 },
    }),
  }),
];
