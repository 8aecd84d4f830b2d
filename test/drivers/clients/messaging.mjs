import { createRequire } from 'node:module';
import { failure, NOBODY, tcpServer, told } from './support.mjs';

const require = createRequire(import.meta.url);
const BROKER = 'amqp://guest:guest@127.0.0.1:5672';
const quiet = (emitter) => emitter.on('error', () => {});

export const amqplib = {
  needs: 'RABBITMQ',
  async errors(row) {
    const amqp = require('amqplib');
    const connection = quiet(await amqp.connect(BROKER));
    const channel = async (make = connection) => quiet(await make.createChannel());
    row('an unknown queue', await failure(async () => (await channel()).checkQueue('driver_nowhere')));
    row('a queue of another kind', await differentQueue(channel));
    row('a name that is reserved', await failure(async () => (await channel()).assertQueue('amq.driver')));
    const other = quiet(await amqp.connect(BROKER));
    await (await channel(other)).assertQueue('driver_exclusive', { exclusive: true });
    row(
      'a queue of another connection',
      await failure(async () => (await channel()).checkQueue('driver_exclusive')),
    );
    await other.close();
    const publisher = await channel();
    const closing = told(publisher);
    publisher.publish('driver_nowhere', 'x', Buffer.from('x'));
    row('an unknown exchange', await closing);
    row('a channel that was closed', await failure(() => publisher.publish('', 'x', Buffer.from('x'))));
    row('a content that is none', await failure(async () => (await channel()).publish('', 'x', 'text')));
    await connection.close();
    row('a wrong password', await failure(() => amqp.connect('amqp://guest:wrong@127.0.0.1:5672')));
    row('an unknown virtual host', await failure(() => amqp.connect(`${BROKER}/driver_nowhere`)));
    row('nobody at the port', await failure(() => amqp.connect(`amqp://127.0.0.1:${NOBODY}`)));
    const mute = await tcpServer((socket) => socket.once('data', () => socket.destroy()));
    row('a broker that hangs up', await failure(() => amqp.connect(`amqp://127.0.0.1:${mute.port}`)));
    await mute.close();
    const silent = await tcpServer(() => {});
    row(
      'a broker that is silent',
      await failure(() => amqp.connect(`amqp://127.0.0.1:${silent.port}`, { timeout: 30 })),
    );
    await silent.close();
    row(
      'a connection that the broker closes',
      Object.assign(
        new Error(
          'Connection closed: 320 (CONNECTION-FORCED) with message "CONNECTION_FORCED - broker forced connection closure with reason \'shutdown\'"',
        ),
        { code: 320, classId: 0, methodId: 0 },
      ),
    );
  },
};

async function differentQueue(channel) {
  const first = await channel();
  await first.assertQueue('driver_queue', { durable: false, autoDelete: true });
  const error = await failure(async () => (await channel()).assertQueue('driver_queue', { durable: true }));
  await first.deleteQueue('driver_queue');
  return error;
}

export const amqpConnectionManager = {
  needs: 'RABBITMQ',
  async errors(row) {
    const manager = require('amqp-connection-manager');
    const down = manager.connect([`amqp://guest:guest@127.0.0.1:${NOBODY}`]);
    row('a connection that failed', await told(down, 'connectFailed'));
    const late = down.createChannel({ publishTimeout: 30 });
    row(
      'a message that was not confirmed in time',
      await failure(() => late.publish('', 'x', Buffer.from('x'))),
    );
    const pending = failure(() => late.publish('', 'x', Buffer.from('x'), { timeout: 10_000 }));
    await late.close();
    row('a channel that was closed', await pending);
    await down.close();
  },
};

/** An MQTT broker that answers CONNECT with one code. */
const refusing = (code, version) =>
  tcpServer((socket) =>
    socket.once('data', () =>
      socket.write(Buffer.from(version === 5 ? [0x20, 3, 0, code, 0] : [0x20, 2, 0, code])),
    ),
  );

export const mqtt = {
  needs: 'MQTT',
  async errors(row) {
    const { default: driver } = await import('mqtt');
    const connect = (port, protocolVersion = 4, more = {}) =>
      failure(() =>
        driver.connectAsync(
          `mqtt://127.0.0.1:${port}`,
          { reconnectPeriod: 0, protocolVersion, ...more },
          false,
        ),
      );
    for (const code of [2, 3, 4, 5]) await refused(code, 4);
    for (const code of [134, 135, 136, 137, 151]) await refused(code, 5);
    async function refused(code, version) {
      const broker = await refusing(code, version);
      row(`CONNACK ${code}`, await connect(broker.port, version));
      await broker.close();
    }
    row('nobody at the port', await connect(NOBODY));
    const silent = await tcpServer(() => {});
    row('a broker that is silent', await connect(silent.port, 4, { connectTimeout: 50 }));
    await silent.close();
    const client = await driver.connectAsync('mqtt://127.0.0.1:1883');
    row('a topic that is none', await failure(() => client.subscribeAsync('a/#/b')));
    await client.endAsync();
    row('a client that was closed', await failure(() => client.publishAsync('x', 'y')));
  },
};

/** A NATS server that answers CONNECT with an error. */
const unfriendly = (text) =>
  tcpServer((socket) => {
    socket.write('INFO {"server_id":"x","version":"2.9.0","max_payload":1000,"headers":true}\r\n');
    socket.once('data', () => socket.write(`-ERR '${text}'\r\n`));
  });

async function askNats(row, { connect, jetstream, jetstreamManager }) {
  const client = await connect({ servers: '127.0.0.1:4222' });
  row('no responders', await failure(() => client.request('driver.nowhere', '', { timeout: 500 })));
  client.subscribe('driver.silent', { callback() {} });
  row('no answer in time', await failure(() => client.request('driver.silent', '', { timeout: 30 })));
  row('a subject that is none', await failure(() => client.publish('')));
  row('a message that is too large', await failure(() => client.publish('x', new Uint8Array(2_000_000))));
  const manager = await jetstreamManager(client);
  row('an unknown stream', await failure(() => manager.streams.info('driver_nowhere')));
  row('a stream without a name', await failure(() => manager.streams.add({ name: 'a.b' })));
  row(
    'a publication that no stream takes',
    await failure(() => jetstream(client).publish('driver.nowhere', '')),
  );
  await manager.streams.add({ name: 'DRIVER', subjects: ['driver.stream'] });
  row('an unknown consumer', await failure(() => manager.consumers.info('DRIVER', 'nobody')));
  row(
    'a wrong last sequence',
    await failure(() => jetstream(client).publish('driver.stream', '', { expect: { lastSequence: 99 } })),
  );
  row(
    'two streams with one subject',
    await failure(() => manager.streams.add({ name: 'DRIVER2', subjects: ['driver.stream'] })),
  );
  await manager.streams.delete('DRIVER');
  await client.close();
  row('a connection that was closed', await failure(async () => client.publish('x')));
  row('nobody at the port', await failure(() => connect({ servers: `127.0.0.1:${NOBODY}` })));
  const server = await unfriendly('Authorization Violation');
  row(
    'an unknown user',
    await failure(() =>
      connect({ servers: `127.0.0.1:${server.port}`, maxReconnectAttempts: 0, reconnect: false }),
    ),
  );
  await server.close();
  const silent = await tcpServer(() => {});
  row(
    'a server that is silent',
    await failure(() => connect({ servers: `127.0.0.1:${silent.port}`, timeout: 50 })),
  );
  await silent.close();
}

export const nats = {
  needs: 'NATS',
  async errors(row) {
    const { connect, NatsError } = require('nats');
    await askNats(row, {
      connect,
      jetstream: (client) => client.jetstream(),
      jetstreamManager: (client) => client.jetstreamManager(),
    });
    for (const code of [
      'DISCONNECT',
      'STALE_CONNECTION',
      'PERMISSIONS_VIOLATION',
      'INVALID_OPTION',
      'CANCELLED',
    ])
      row(code, new NatsError('x', code));
  },
};

export const natsTransport = {
  needs: 'NATS',
  async errors(row) {
    const package_ = require('@nats-io/transport-node');
    const { jetstream, jetstreamManager } = require('@nats-io/jetstream');
    await askNats(row, { connect: package_.connect, jetstream, jetstreamManager });
    row('a permission', new package_.PermissionViolationError('Permissions Violation', 'publish', 'x'));
    row('an expired user', new package_.UserAuthenticationExpiredError('x'));
  },
};

export const kafkajs = {
  async errors(row) {
    const package_ = require('kafkajs');
    const { createErrorFromCode } = require('kafkajs/src/protocol/error');
    const errors = require('kafkajs/src/errors');
    const codes = {
      3: 'an unknown topic',
      7: 'no answer in time',
      10: 'a message that is too large',
      29: 'a topic that is forbidden',
      36: 'a topic that exists',
      58: 'a wrong password',
    };
    for (const [code, what] of Object.entries(codes)) row(what, createErrorFromCode(Number(code)));
    const down = new errors.KafkaJSConnectionError('Connection error: connect ECONNREFUSED 127.0.0.1:9', {
      broker: '127.0.0.1:9',
      code: 'ECONNREFUSED',
    });
    row('no connection', down);
    row(
      'no connection after its retries',
      new errors.KafkaJSNumberOfRetriesExceeded(down, { retryCount: 1, retryTime: 1 }),
    );
    row(
      'a refusal after its retries',
      new errors.KafkaJSNonRetriableError(createErrorFromCode(29), { cause: createErrorFromCode(29) }),
    );
    row('a request that timed out', new errors.KafkaJSRequestTimeoutError('Request timed out'));
    row(
      'a call that must not be repeated',
      new errors.KafkaJSNonRetriableError('The producer is disconnected'),
    );
    row('a lock that was not to be had', new errors.KafkaJSLockTimeout('Timeout while acquiring lock'));
    row('no broker', new errors.KafkaJSBrokerNotFound('Broker not found'));
    row('SASL', new errors.KafkaJSSASLAuthenticationError('SASL PLAIN authentication failed'));
    const kafka = new package_.Kafka({
      brokers: [`127.0.0.1:${NOBODY}`],
      logLevel: 0,
      retry: { retries: 0 },
    });
    row('nobody at the port', await failure(() => kafka.admin().connect()));
  },
};
