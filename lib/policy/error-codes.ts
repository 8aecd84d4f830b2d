/**
 * Connections that fail today and may work tomorrow: Node's system errors, its resolver's (`dns`), its own time
 * limits, a body that ended too early, undici's (undici `Errors`), and what axios says where it sees no more.
 */
const CONNECTION_CODES = [
  'ECONNRESET ECONNREFUSED ECONNABORTED EPIPE ETIMEDOUT ESOCKETTIMEDOUT ENETUNREACH EHOSTUNREACH ENETDOWN',
  'EHOSTDOWN EAI_AGAIN ENOTFOUND ETIMEOUT ESERVFAIL ERR_SOCKET_CONNECTION_TIMEOUT ERR_TLS_HANDSHAKE_TIMEOUT',
  'ERR_STREAM_PREMATURE_CLOSE UND_ERR_SOCKET UND_ERR_CONNECT_TIMEOUT UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT',
  'ERR_NETWORK',
];

/**
 * Postgres SQLSTATE: serialization failure, deadlock, a lock that was not to be had, server shutting down or
 * starting up, a session that was idle for too long.
 */
const POSTGRES_CODES = ['40001 40P01 55P03 57P01 57P02 57P03 57P05'];

/** MySQL: deadlock, lock wait or statement timeout, too many connections, shutdown, connection lost. */
const MYSQL_CODES = [
  'ER_LOCK_DEADLOCK ER_LOCK_WAIT_TIMEOUT ER_LOCK_NOWAIT ER_QUERY_TIMEOUT ER_CON_COUNT_ERROR ER_SERVER_SHUTDOWN',
  'ER_TOO_MANY_USER_CONNECTIONS ER_CLIENT_INTERACTION_TIMEOUT PROTOCOL_CONNECTION_LOST PROTOCOL_SEQUENCE_TIMEOUT',
  'CR_SERVER_GONE_ERROR CR_SERVER_LOST',
];

/** Certificates do not mend themselves between two attempts (Node `tls`, OpenSSL X509_V_ERR_*). */
const CERTIFICATE_CODES = [
  'CERT_HAS_EXPIRED CERT_NOT_YET_VALID CERT_REVOKED CERT_REJECTED CERT_UNTRUSTED CERT_CHAIN_TOO_LONG',
  'CERT_SIGNATURE_FAILURE CRL_SIGNATURE_FAILURE CRL_HAS_EXPIRED CRL_NOT_YET_VALID HOSTNAME_MISMATCH INVALID_CA',
  'DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN UNABLE_TO_GET_ISSUER_CERT UNABLE_TO_GET_CRL',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY UNABLE_TO_VERIFY_LEAF_SIGNATURE UNABLE_TO_DECRYPT_CERT_SIGNATURE',
  'UNABLE_TO_DECRYPT_CRL_SIGNATURE UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY ERROR_IN_CERT_NOT_BEFORE_FIELD',
  'ERROR_IN_CERT_NOT_AFTER_FIELD ERROR_IN_CRL_LAST_UPDATE_FIELD ERROR_IN_CRL_NEXT_UPDATE_FIELD INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED ERR_TLS_CERT_ALTNAME_INVALID ERR_TLS_CERT_SIGNATURE_ALGORITHM_UNSUPPORTED',
];

/** Cancelled on purpose. */
const ABORT_CODES = ['ABORT_ERR ERR_ABORTED ERR_CANCELED UND_ERR_ABORT UND_ERR_ABORTED'];

/** A request that the client library refuses to make: a programming error, whatever its class. */
const MISUSE_CODES = [
  'UND_ERR_INVALID_ARG UND_ERR_NOT_SUPPORTED ERR_BAD_OPTION ERR_BAD_OPTION_VALUE ERR_NOT_SUPPORT ERR_INVALID_URL',
  'ERR_UNSUPPORTED_PROTOCOL',
];

/** This library's own refusals: the method did not run, and a repetition would meet the same refusal. */
const LOCAL_CODES = [
  'RESILIENCE_CIRCUIT_OPEN RESILIENCE_BULKHEAD_FULL RESILIENCE_RATE_LIMITED RESILIENCE_SHUTDOWN',
  'RESILIENCE_INVALID_REQUEST RESILIENCE_CONFIGURATION RESILIENCE_RESPONSE_TOO_LARGE RESILIENCE_TOO_MANY_REDIRECTS',
  'RESILIENCE_INVALID_RESPONSE',
];

const toSet = (lists: readonly string[]): ReadonlySet<unknown> =>
  new Set(lists.flatMap((list) => list.split(' ')));

const TRANSIENT = toSet([...CONNECTION_CODES, ...POSTGRES_CODES, ...MYSQL_CODES]);
const PERMANENT = toSet([...CERTIFICATE_CODES, ...MISUSE_CODES]);
const LOCAL = toSet(LOCAL_CODES);
const ABORTED = toSet(ABORT_CODES);

/** SQLSTATE classes 08 (connection) and 53 (insufficient resources). */
const POSTGRES_CLASS = /^(08|53)[0-9A-Z]{3}$/;

export const isTransientCode = (code: unknown): boolean =>
  TRANSIENT.has(code) || (typeof code === 'string' && POSTGRES_CLASS.test(code));
export const isPermanentCode = (code: unknown): boolean => PERMANENT.has(code);
export const isAbortCode = (code: unknown): boolean => ABORTED.has(code);

/** True for what this library itself refuses. Another service may answer with such a code: there it is an answer. */
export const isLocalCode = (code: unknown): boolean => LOCAL.has(code);
