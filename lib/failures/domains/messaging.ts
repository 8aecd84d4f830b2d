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
        [
          'T',
          'CONNECTION_REFUSED CONNECTION_TIMEOUT DISCONNECT STALE_CONNECTION AUTHENTICATION_TIMEOUT',
          'the connection failed',
        ],
        ['T', 'TIMEOUT', 'no answer in time'],
        ['PS', '400 404', 'JetStream has judged this request: there is no such stream, consumer or message'],
        [
          'PS',
          'AUTHORIZATION_VIOLATION AUTHENTICATION_EXPIRED ACCOUNT_EXPIRED BAD_AUTHENTICATION PERMISSIONS_VIOLATION',
          'the server refuses this user',
        ],
        [
          'PI',
          'INVALID BAD_SUBJECT BAD_PAYLOAD BAD_HEADER MAX_PAYLOAD_EXCEEDED CANCELLED NOT_FUNC',
          'the client was used in a wrong way',
        ],
      ],
    },
    {
      tier: 'name',
      by: 'name',
      lines: [
        ['T', 'NoResponders NoRespondersError EmptyResponseException', 'no server answers this subject'],
        [
          'PS',
          'PermissionViolationError AuthorizationError UserAuthenticationExpiredError',
          'the server refuses this user',
        ],
        ['PS', 'StreamNotFoundError ConsumerNotFoundError', 'JetStream: there is no such stream or consumer'],
        [
          'PI',
          'InvalidSubjectError InvalidArgumentError InvalidNameError',
          'the client was used in a wrong way',
        ],
      ],
    },
    {
      tier: 'client',
      on: 'words',
      by: ({ message }) => (/^invalid (stream|durable|consumer) name/.test(message) ? 'name' : undefined),
      lines: [['PI', 'name', 'a name that is none']],
    },
  ],
};

/** `Connection closed: 320 (CONNECTION-FORCED) with message …`, of amqplib and what wraps it. */
const CLOSED = /^(?:(?:Connection|Channel) closed(?: by server)?:|Operation failed: \w{1,40};) (\d{3}) \(/;
/** Of a virtual host that is unknown, forbidden or full. */
const NO_OPEN = 'Expected ConnectionOpenOk; got <ConnectionClose';
const HANDSHAKE = /^Handshake terminated by server: \d{3} \(/;

function wordsOf({ message, name }: Look): string | undefined {
  if (message === 'timeout' && name === 'Error') return 'timeout';
  if (message.startsWith('Connection lost') || message.startsWith('Disconnected from RMQ')) return 'lost';
  if (HANDSHAKE.test(message) || message.startsWith(NO_OPEN)) return 'handshake';
  return CLOSED.exec(message)?.[1];
}

const REPLIES = [
  ['T', '320 506 541', 'the broker closes the connection, or is in trouble'],
  ['PS', '311 402 403 404 405 406 530', 'the broker has judged this operation'],
  ['PI', '501 502 503 504 505 540', 'the client was used in a wrong way'],
] as const;

export const amqp: FailureDomain = {
  id: 'amqp',
  title: 'AMQP: amqplib, amqp-connection-manager, Nest’s clients',
  source: 'AMQP 0-9-1 reply codes',
  sets: [
    {
      tier: 'client',
      on: 'number code',
      needs: ['classId'],
      by: ({ code }) => code as number,
      lines: REPLIES,
    },
    {
      tier: 'client',
      on: 'words',
      by: wordsOf,
      lines: [
        ...REPLIES,
        ['T', 'lost', 'the connection was lost'],
        ['T', 'timeout', 'amqp-connection-manager: the message was not confirmed in time'],
        ['PS', 'handshake', 'the broker refuses this user, or the virtual host'],
      ],
    },
    {
      tier: 'client',
      by: 'message',
      lines: [
        ['T', 'connect_ETIMEDOUT', 'amqplib: no connection in time'],
        ['T', 'amqp-connection-manager:_connect_timeout', 'no connection in time'],
        ['T', 'Heartbeat_timeout', 'amqplib: the broker has fallen silent'],
        ['T', 'Unexpected_close', 'amqplib: the connection closed'],
        ['T', 'Socket_closed_abruptly_during_opening_handshake', 'amqplib: the connection closed'],
      ],
    },
  ],
};

/** Errors of mqtt.js that have words only. */
function mqttWords({ message }: Look): string | undefined {
  if (message === 'connack timeout' || message === 'Keepalive timeout') return 'timeout';
  if (message === 'client disconnecting') return 'closed';
  return message.startsWith('Invalid topic ') ? 'topic' : undefined;
}

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
        ['T', '139 156', 'the broker shuts down, or names another one'],
        ['TI', '150 151 159', 'a used-up quota or rate'],
        ['PS', '2 133 138 140', 'the broker refuses this client'],
        ['PS', '4 5 134 135', 'the broker refuses this user'],
        ['PS', '143 144 149 153 155', 'the broker has judged this message or subscription'],
      ],
    },
    {
      tier: 'client',
      on: 'words',
      by: mqttWords,
      lines: [
        ['T', 'timeout', 'no answer in time'],
        ['PI', 'closed', 'the client was closed'],
        ['PI', 'topic', 'a topic that is none'],
      ],
    },
  ],
};

/** Types of Kafka's errors that say more than `retriable`. */
const KAFKA_JUDGED = /AUTHORIZATION|^SASL_|^(MESSAGE|RECORD_LIST)_TOO_LARGE$/;

function kafkaKey(look: Look): string | undefined {
  if (!look.name.startsWith('KafkaJS')) return undefined;
  const type = look.get('type');
  if (typeof type === 'string' && KAFKA_JUDGED.test(type)) return 'judged';
  if (look.name === 'KafkaJSSASLAuthenticationError') return 'judged';
  const retriable = look.get('retriable');
  if (retriable === true) return 'retriable';
  if (
    /^KafkaJS(Connection|RequestTimeout|Timeout|LockTimeout|BrokerNotFound|NoBrokerAvailable)/.test(look.name)
  )
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
