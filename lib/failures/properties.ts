/** Properties that a set of rules may need: an error without them is not asked about. */
const MARKS = [
  'code',
  'errno',
  'sqlState',
  'severity',
  'details',
  'errorCode',
  'errorLabels',
  'number',
  'isRecoverable',
  'errorNum',
  'responseCode',
  'type',
  '$metadata',
  '$fault',
  '$retryable',
  'upstreamStatus',
  'getStatus',
  'status',
  'statusCode',
  'response',
  'data',
  'body',
  'headers',
  'upstreamHeaders',
  'classId',
] as const;

/**
 * Places beside `cause` where errors keep the errors that they come from: Sequelize, TypeORM, Objection, mssql, Mongo,
 * amqp-connection-manager, Nest, ioredis, and Sequelize again. In the order in which they are believed.
 */
export const INNER_ERRORS = [
  'original',
  'parent',
  'driverError',
  'nativeError',
  'originalError',
  'reason',
  'err',
  'error',
  'lastNodeError',
  'errors',
] as const;

/** Other properties by which rules tell errors apart. */
const OTHERS = [
  'hint',
  'meta',
  'metadata',
  'lineNumber',
  'serverName',
  'procName',
  'class',
  'state',
  'errcode',
  'command',
  'lde_message',
  'syscall',
  'retryable',
  'retriable',
  'CancellationReasons',
  'cause',
  'previousErrors',
  'replies',
  'getError',
  ...INNER_ERRORS,
] as const;

export type Mark = (typeof MARKS)[number];

/** A property that tells errors apart. */
export type Property = Mark | (typeof OTHERS)[number];

/** A bit for each mark, so that one comparison leaves a set of rules out; 0 for the other properties. */
export const BITS: ReadonlyMap<string, number> = new Map([
  ...MARKS.map((key, index) => [key, 1 << index] as const),
  ...OTHERS.map((key) => [key, 0] as const),
]);

/** Joins the bits of some marks. */
export const bitsOf = (marks: readonly Mark[]): number =>
  marks.reduce((bits, mark) => bits | (BITS.get(mark) ?? 0), 0);
