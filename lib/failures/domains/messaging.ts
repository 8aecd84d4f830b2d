import type { FailureDomain } from '../failure-domain.js';
import type { Look } from '../look.js';

const natsCode = ({ name, code }: Look) =>
  name === 'NatsError' && typeof code === 'string' ? code : undefined;

export const nats: FailureDomain = {
  id: 'nats',
  title: 'NATS: nats 2, @nats-io 3, Nest’s client',
  source: 'error codes of nats.js',
  sets: [
    {
      tier: 'client',
      on: 'text code',
      by: (look) => {
        const code = natsCode(look);
        return code?.startsWith('INVALID_') ? 'INVALID' : code;
      },
      shown: ({ code }) => code,
      lines: [
        ['T', '503', 'no server answers this subject'],
        ['T', 'CONNECTION_REFUSED CONNECTION_TIMEOUT DISCONNECT STALE_CONNECTION', 'the connection failed'],
        ['T', 'TIMEOUT', 'no answer in time'],
        ['PS', '404 10014 10059', 'JetStream: there is no such stream, consumer or message'],
        [
          'PS',
          'AUTHORIZATION_VIOLATION AUTHENTICATION_EXPIRED PERMISSIONS_VIOLATION',
          'the server refuses this user',
        ],
        ['PI', 'INVALID BAD_SUBJECT MAX_PAYLOAD_EXCEEDED CANCELLED', 'the client was used in a wrong way'],
      ],
    },
    {
      tier: 'client',
      by: 'name',
      lines: [
        ['T', 'NoRespondersError EmptyResponseException', 'no server answers this subject'],
        [
          'PS',
          'PermissionViolationError AuthorizationError UserAuthenticationExpiredError',
          'the server refuses this user',
        ],
        ['PS', 'StreamNotFoundError ConsumerNotFoundError', 'JetStream: there is no such stream or consumer'],
        ['PI', 'InvalidSubjectError InvalidArgumentError', 'the client was used in a wrong way'],
      ],
    },
    {
      tier: 'client',
      on: 'number code',
      by: ({ name, code }) => (name === 'JetStreamApiError' && code === 404 ? '404' : undefined),
      lines: [['PS', '404', 'JetStream: there is no such stream, consumer or message']],
    },
  ],
};

/** `Connection closed: 320 (CONNECTION-FORCED) with message …`, of amqplib and what wraps it. */
const CLOSED = /^(?:Error: )?(?:Connection|Channel) closed(?: by server)?: (\d{3}) \(/;
const HANDSHAKE = /^Handshake terminated by server: \d{3} \(/;

function replyCode(look: Look): string | undefined {
  if (typeof look.code === 'number') return look.has('classId') ? String(look.code) : undefined;
  if (look.message.startsWith('Connection lost') || look.message.startsWith('Disconnected from RMQ'))
    return 'lost';
  if (HANDSHAKE.test(look.message)) return 'handshake';
  return CLOSED.exec(look.message)?.[1];
}

export const amqp: FailureDomain = {
  id: 'amqp',
  title: 'AMQP: amqplib, amqp-connection-manager, Nest’s clients',
  source: 'AMQP 0-9-1 reply codes',
  sets: [
    {
      tier: 'client',
      by: replyCode,
      lines: [
        ['T', '320 541', 'the broker closes the connection, or is in trouble'],
        ['T', 'lost', 'the connection was lost'],
        ['PS', '403 404 406', 'the broker has judged this operation'],
        ['PS', 'handshake', 'the broker refuses this user'],
        ['PI', '502 503 505', 'the client was used in a wrong way'],
      ],
    },
  ],
};

export const mqtt: FailureDomain = {
  id: 'mqtt',
  title: 'MQTT',
  source: 'MQTT 3.1.1 §3.2.2.3, MQTT 5.0 §2.4',
  sets: [
    {
      tier: 'client',
      on: 'number code',
      by: ({ name, code }) => (name === 'ErrorWithReasonCode' ? (code as number) : undefined),
      lines: [
        ['T', '3 136 137', 'the broker is unavailable or busy'],
        ['TI', '151', 'a used-up quota'],
        ['PS', '4 5 134 135', 'the broker refuses this user'],
      ],
    },
  ],
};

/** Types of Kafka's errors that say more than `retriable`. */
const KAFKA_JUDGED = /AUTHORIZATION|^SASL_|^MESSAGE_TOO_LARGE$/;

function kafkaKey(look: Look): string | undefined {
  if (!look.name.startsWith('KafkaJS')) return undefined;
  const type = look.get('type');
  if (typeof type === 'string' && KAFKA_JUDGED.test(type)) return 'judged';
  if (look.name === 'KafkaJSSASLAuthenticationError') return 'judged';
  const retriable = look.get('retriable');
  if (retriable === true) return 'retriable';
  if (/^KafkaJS(Connection|RequestTimeout|BrokerNotFound|NoBrokerAvailable)/.test(look.name))
    return 'connection';
  const hasCause = look.get('cause') !== undefined && look.get('cause') !== null;
  const isFinal = retriable === false || look.name.startsWith('KafkaJSNonRetriable');
  return isFinal && !hasCause ? 'NonRetriable' : undefined;
}

export const kafka: FailureDomain = {
  id: 'kafka',
  title: 'Kafka: kafkajs',
  source: 'Kafka protocol error codes; the error classes of kafkajs',
  sets: [
    {
      tier: 'client',
      by: kafkaKey,
      shown: (look) => look.get('type') ?? look.name,
      lines: [
        ['T', 'retriable', 'the client says that it may be repeated'],
        ['T', 'connection', 'no connection to a broker, or no answer in time'],
        ['PS', 'judged', 'the broker refuses this user, or this message'],
        ['PI', 'NonRetriable', 'the client says that it must not be repeated'],
      ],
    },
  ],
};
