import { read } from './error-chain.js';
import { matches, words } from './error-codes.js';

/** gRPC status codes: RESOURCE_EXHAUSTED, ABORTED, UNAVAILABLE (gRPC `statuscodes`). */
const GRPC_TRANSIENT: ReadonlySet<unknown> = new Set([8, 10, 14]);
const GRPC_CANCELLED = 1;

/** `14 UNAVAILABLE: …`: what grpc-js writes, and what is left of its errors where they were copied. */
const GRPC_MESSAGE = /^\d+ [A-Z_]+: /;

/** MySQL error numbers: lock wait timeout, deadlock, gone away, lost connection. */
const MYSQL_NUMBERS: ReadonlySet<unknown> = new Set([1205, 1213, 2006, 2013]);

/** MongoDB's error labels for operations that may be run again. */
const MONGO_LABELS = words(
  'TransientTransactionError RetryableWriteError RetryableReadError ResumableChangeStreamError',
);

/**
 * MongoDB server codes: unreachable, network or execution timeout, shutdown, step-down, write conflict, not
 * primary, and read concern not available yet (specifications `retryable-reads`, `error_codes.yml`).
 */
const MONGO_CODES: ReadonlySet<unknown> = new Set([
  6, 7, 50, 89, 91, 112, 134, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436,
]);

/** Errors of drivers that are known by their name alone: mongodb's, and one of ioredis. */
const TRANSIENT_NAMES = words(
  'MongoNetworkError MongoNetworkTimeoutError MongoServerSelectionError MongoPoolClearedError ' +
    'MongoWaitQueueTimeoutError MongoOperationTimeoutError MaxRetriesPerRequestError',
);

/** Errors of drivers that have neither a name nor a code of their own, word for word. */
const TRANSIENT_MESSAGES: ReadonlySet<unknown> = new Set([
  // pg, pg-pool
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'timeout expired',
  'timeout exceeded when trying to connect',
  'Query read timeout',
  // mysql
  'MySQL server has gone away',
  // ioredis
  'Command timed out',
  'Command aborted due to connection close',
]);

/** Redis replies of a node that is starting, failing over, resharding or running a script. */
const REDIS_REPLY = /^(LOADING|READONLY|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|NOREPLICAS|BUSY) /;

/** AWS: throttled, in one of many words, or too slow in sending; answered with 400 more often than with 429. */
const AWS_NAME =
  /Throttl|^(BandwidthLimitExceeded|PriorRequestNotComplete|ProvisionedThroughputExceededException|RequestLimitExceeded|RequestTimeout(Exception)?|SlowDown|TooManyRequestsException|TransactionInProgressException)$/;

/** True if a client library's error says, in its own way, that it passes by itself. */
export function isTransientForeign(error: unknown, name: unknown, code: unknown): boolean {
  return (
    TRANSIENT_NAMES.has(name) ||
    MYSQL_NUMBERS.has(read(error, 'errno')) ||
    (typeof code === 'number' && isTransientNumber(error, name, code)) ||
    isTransientReply(error, name) ||
    isTransientAws(error, name) ||
    hasMongoLabel(error)
  );
}

/** A connection that was lost and tells so in words only; ioredis calls one of them an AbortError. */
export function isLostConnection(error: unknown): boolean {
  return TRANSIENT_MESSAGES.has(read(error, 'message'));
}

/** `call.cancel()` of grpc-js; a server that cancels says something else. */
export function isGrpcCancel(error: unknown, code: unknown): boolean {
  return code === GRPC_CANCELLED && read(error, 'details') === 'Cancelled on client';
}

function isTransientNumber(error: unknown, name: unknown, code: number): boolean {
  if (typeof name === 'string' && name.startsWith('Mongo')) return MONGO_CODES.has(code);
  return GRPC_TRANSIENT.has(code) && isGrpc(error);
}

function isGrpc(error: unknown): boolean {
  if (typeof read(error, 'details') === 'string' || read(error, 'metadata') !== undefined) return true;
  return GRPC_MESSAGE.test(String(read(error, 'message')));
}

function isTransientReply(error: unknown, name: unknown): boolean {
  return name === 'ReplyError' && matches(REDIS_REPLY, read(error, 'message'));
}

function isTransientAws(error: unknown, name: unknown): boolean {
  return (
    Boolean(read(error, '$retryable')) || (matches(AWS_NAME, name) && read(error, '$metadata') !== undefined)
  );
}

function hasMongoLabel(error: unknown): boolean {
  const labels = read(error, 'errorLabels');
  return Array.isArray(labels) && labels.some((label) => MONGO_LABELS.has(label));
}
