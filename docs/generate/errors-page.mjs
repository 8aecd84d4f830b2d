import { table } from '../../simulate/markdown.mjs';

const HEAD = ['told by', 'rules', 'meaning', 'reason'];

/** What a property of a rule set is called on the page. */
const PROPERTIES = { code: '`code`', name: '`name`', message: 'message' };

/** The marks of sets that have more to tell by than one property, by domain, in their order. */
const MARKS = {
  resilience: ['`code` of an exception of this library'],
  remote: ['`code`, without its `RESILIENCE_`, beside `statusCode`'],
  bullmq: ['`name`, without a status'],
  mysql: ['`errno`'],
  sql: [
    'five-character `code` beside `severity`, or beside `details` and `hint`; or `sqlState`; its first two characters',
    'first two characters of a five-character `code`',
  ],
  sqlite: ['`code`, without its `SQLITE_`', '`errcode` of `node:sqlite`'],
  prisma: ['`code` or `errorCode`; P2010 is judged by the database’s own code in `meta`'],
  mongo: ['`code` beside a name that begins with `Mongo`', 'a member of `errorLabels`', 'message'],
  mssql: [
    '`number` beside `class`, `state`, `lineNumber`, `serverName`, `procName` or a `code` such as `EREQUEST`',
  ],
  oracle: ['`isRecoverable`, `errorNum`'],
  cassandra: ['`code` of a `ResponseError`'],
  neo4j: ['`code`, `Neo.<key>.…`'],
  clickhouse: ['`code` of a `ClickHouseError`'],
  orm: ['message'],
  redis: ['first word of a reply: `ReplyError`, `ErrorReply`, `SimpleError`, `BlobError`'],
  grpc: [
    'numeric `code` beside `details` or `metadata`, in an `RpcException`, or in words: `5 NOT_FOUND: …`',
    '`code`, as `functions/not-found` or `NOT_FOUND`',
  ],
  trpc: ['`code` of a `TRPCError`'],
  nats: ['`code` of a `NatsError`; INVALID stands for `INVALID_…`', 'message'],
  amqp: ['`code` beside `classId`', 'message'],
  mqtt: ['`code` of an `ErrorWithReasonCode`', 'message'],
  kafka: ['a name that begins with `KafkaJS`, its `type`, its `retriable`'],
  aws: ['name, `$fault`, `CancellationReasons`, beside `$metadata`', '`$retryable`'],
  mail: ['`responseCode` beside `command`, `response` or a `code` such as `EENVELOPE`'],
  ldap: ['`code` of an LDAP error'],
  http: [
    'undici’s message of a proxy',
    'status: `getStatus()`, `upstreamStatus`, `status`, `statusCode`, `response`, `$metadata`, `data.httpStatus`, a numeric `code` beside `response` or `body`',
    '`code` and message of axios',
    '`type` of node-fetch',
  ],
  node: ['`code` and message', "form of the `code`; files only without `syscall: 'connect'`"],
  validation: ['a list of class-validator’s errors'],
  language: ['the class'],
};

const MEANINGS = [
  ['meaning', 'what it says', 'kind', 'retried by default', 'circuit'],
  ['T', 'the server, or the way to it, is in trouble', 'transient', 'yes', 'failure'],
  [
    'TI',
    'throttled, a lost race, or short of a local resource: again later, but the server is well',
    'transient',
    'yes',
    'ignore',
  ],
  ['PS', 'the server has answered this request: it is alive', 'permanent', 'no', 'success'],
  [
    'PI',
    'nothing was asked of a server, or the error says nothing of its health',
    'permanent',
    'no',
    'ignore',
  ],
  ['U', 'unknown: everything else, a plain `Error` included', 'unknown', 'yes', 'failure'],
];

const INTRODUCTION = `# What errors mean

Every failure has a kind, which decides about its retry, and a meaning for the circuit breaker. Both come from the rules on this page: they know the errors of
databases, brokers, queues, gRPC, validators, HTTP clients and Node by their public shape, so no driver is imported. This page is made from the rules in
the code by \`npm run docs:errors\`; a test fails when it is not current. \`npm run test:drivers\` asks the real clients for more than 600 of these errors.

${table(MEANINGS)}

Bad input of your callers is PS or PI: it is not repeated, and never opens a circuit.

## Why was a call not retried?

\`explainFailure\` names the rule that has decided:

\`\`\`ts
import { explainFailure } from 'nestjs-breakwater';

export function report(error: unknown): string {
  const { kind, circuit, rule } = explainFailure(error);
  return \`\${rule}: \${kind}, \${circuit} for the circuit\`; // sql/23505: permanent, success for the circuit
}
\`\`\`

At log level debug a failed call says it by itself, in one line:
\`Users.insert failed after 1 attempt by rule sql/23505 (permanent, circuit: success): duplicate key value\`.

Of several answers in one error the first of these decides: a refusal of this library, control flow of a queue, \`retryable\` or \`retriable\`, the rules of a known
client, the status, the code, the name. \`retryable\` and \`retriable\` decide the retry, and the rules the circuit where they know the error. The name is \`name\`, or
the class where \`name\` is \`Error\`. A server's \`x-should-retry\` decides the retry only.

An error that says nothing itself is looked into: \`cause\`, then \`original\`, \`parent\`, \`driverError\`, \`nativeError\`, \`originalError\`, \`reason\`, \`err\`, \`error\`, and
what an \`RpcException\` holds. The outermost known error decides; but a connection error that is known by its name alone gives way to a coded error in it. An
\`AggregateError\` is transient if one member is, else unknown if one is, else what its first member says. What a \`ClientProxy\` rejects with, a plain object or a
text, is judged by the same rules.

## Rules of your own

\`classify\` decides the kind, \`recordAs\` the meaning for the circuit; both fall back to the rules in one line:

\`\`\`ts
import { Injectable } from '@nestjs/common';
import { CircuitBreaker, classifyFailure, explainFailure, Resilient } from 'nestjs-breakwater';
import type { PolicyOptions } from 'nestjs-breakwater';

export class OutOfStock extends Error {}

export const stock: PolicyOptions = {
  classify: (error) => (error instanceof OutOfStock ? 'permanent' : classifyFailure(error)),
  retry: {},
  circuitBreaker: {
    recordAs: (error) => (error instanceof OutOfStock ? 'success' : explainFailure(error).circuit),
  },
};

@Injectable()
export class StockService {
  @Resilient(stock)
  async reserve(item: string): Promise<string> {
    if (item === '') throw new OutOfStock();
    return item;
  }

  @CircuitBreaker({ recordAs: (error) => explainFailure(error).circuit })
  async count(): Promise<number> {
    return 1;
  }
}
\`\`\`

Without \`recordAs\` the circuit goes by the rules where \`classify\` gives their kind; else transient and unknown failures count, and permanent ones are ignored.

## All rules

The name of a rule is that of its domain, a slash, and the key: \`sql/23505\`, \`http/404\`.`;

/**
 * The text of \`docs/errors.md\`.
 *
 * @param domains - \`DOMAINS\` of lib/failures
 */
export function errorsPage(domains) {
  return `${[INTRODUCTION, ...domains.map(sectionOf)].join('\n\n')}\n`;
}

function sectionOf({ id, title, source, sets }) {
  const marks = [...(MARKS[id] ?? [])];
  const rows = sets.flatMap((set) =>
    rowsOf(set, typeof set.by === 'string' ? PROPERTIES[set.by] : marks.shift()),
  );
  if (marks.length > 0 || rows.some(([toldBy]) => toldBy === undefined))
    throw new Error(`docs/generate/errors-page.mjs has not the marks of each set of ${id}`);
  return `### ${title}\n\nRules \`${id}/…\`. Source: ${source}.\n\n${table([HEAD, ...rows])}`;
}

function rowsOf({ by, lines, otherwise, yields }, toldBy) {
  const way = yields ? `${toldBy}; gives way to what is known inside` : toldBy;
  const rows = lines.map(([meaning, keys, reason]) => [
    way,
    keys.split(' ').map(shown(by)).join(', '),
    meaning,
    reason,
  ]);
  return otherwise ? [...rows, [way, 'every other', ...otherwise]] : rows;
}

/** Keys are separated by spaces in the code, so those of messages are written without any. */
const shown = (by) => (key) => `\`${by === 'message' ? key.replaceAll('_', ' ') : key}\``;
