/** A set of words, which weighs less as one text. */
export const words = (text: string): ReadonlySet<unknown> => new Set(text.split(' '));

const TRANSIENT = words(
  // connections that fail today and may work tomorrow: Node's system errors, its resolver's, its time limits
  'ECONNRESET ECONNREFUSED ECONNABORTED EPIPE ETIMEDOUT ESOCKETTIMEDOUT ENETUNREACH EHOSTUNREACH ENETDOWN EHOSTDOWN ' +
    'EAI_AGAIN ENOTFOUND ETIMEOUT ESERVFAIL ERR_SOCKET_CONNECTION_TIMEOUT ERR_TLS_HANDSHAKE_TIMEOUT ' +
    // a body that ended too early, undici's errors, and what axios says where it sees no more
    'ERR_STREAM_PREMATURE_CLOSE UND_ERR_SOCKET UND_ERR_CONNECT_TIMEOUT UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT ' +
    'ERR_NETWORK ' +
    // Postgres SQLSTATE: serialization failure, deadlock, no lock, server shutting down or starting up, idle session
    '40001 40P01 55P03 57P01 57P02 57P03 57P05 ' +
    // MySQL: deadlock, lock wait or statement timeout, too many connections, shutdown, connection lost
    'ER_LOCK_DEADLOCK ER_LOCK_WAIT_TIMEOUT ER_LOCK_NOWAIT ER_QUERY_TIMEOUT ER_CON_COUNT_ERROR ER_SERVER_SHUTDOWN ' +
    'ER_TOO_MANY_USER_CONNECTIONS ER_CLIENT_INTERACTION_TIMEOUT PROTOCOL_CONNECTION_LOST ' +
    'PROTOCOL_SEQUENCE_TIMEOUT CR_SERVER_GONE_ERROR CR_SERVER_LOST',
);

const PERMANENT = words(
  // certificates, as far as their codes do not say so (Node `tls`, OpenSSL X509_V_ERR_*)
  'HOSTNAME_MISMATCH INVALID_CA INVALID_PURPOSE PATH_LENGTH_EXCEEDED UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY ' +
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE ' +
    // a request that the client library refuses to make: a programming error, whatever its class
    'UND_ERR_INVALID_ARG UND_ERR_NOT_SUPPORTED ERR_BAD_OPTION ERR_BAD_OPTION_VALUE ERR_NOT_SUPPORT ERR_INVALID_URL ' +
    'ERR_UNSUPPORTED_PROTOCOL',
);

/** Cancelled on purpose. */
const ABORTED = words('ABORT_ERR ERR_ABORTED ERR_CANCELED UND_ERR_ABORT UND_ERR_ABORTED');

/** SQLSTATE classes 08 (connection) and 53 (insufficient resources). */
const POSTGRES_CLASS = /^(08|53)[0-9A-Z]{3}$/;

/** Certificates and lists of revoked ones do not mend themselves between two attempts: `CERT_HAS_EXPIRED`. */
const CERTIFICATE = /(^|_)(CERT|CRL)(_|$)/;

/** True for a text of this form. */
export const matches = (pattern: RegExp, text: unknown) => typeof text === 'string' && pattern.test(text);

export const isTransientCode = (code: unknown) => TRANSIENT.has(code) || matches(POSTGRES_CLASS, code);
export const isPermanentCode = (code: unknown) => PERMANENT.has(code) || matches(CERTIFICATE, code);
export const isAbortCode = (code: unknown) => ABORTED.has(code);
