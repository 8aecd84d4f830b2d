/** A set of words, which weighs less as one text. */
export const words = (text: string): ReadonlySet<unknown> => new Set(text.split(' '));

const TRANSIENT_CODES = words(
  // connections that fail today and may work tomorrow: Node's system errors and its resolver's
  'ECONNRESET ECONNREFUSED ECONNABORTED EPIPE ENETUNREACH EHOSTUNREACH ENETDOWN EHOSTDOWN EAI_AGAIN ENOTFOUND ESERVFAIL ' +
    // a body that ended too early, undici's errors, and what axios says where it sees no more
    'ERR_STREAM_PREMATURE_CLOSE UND_ERR_SOCKET ERR_NETWORK ' +
    // a TLS connection that the other side has dropped
    'ERR_SSL_UNEXPECTED_EOF_WHILE_READING ' +
    // Postgres SQLSTATE: serialization failure, deadlock, no lock, server shutting down or starting up, idle session
    '40001 40P01 55P03 57P01 57P02 57P03 57P05 ' +
    // MySQL: deadlock, no lock, too many connections, shutdown, connection lost
    'ER_LOCK_DEADLOCK ER_LOCK_NOWAIT ER_CON_COUNT_ERROR ER_SERVER_SHUTDOWN ER_TOO_MANY_USER_CONNECTIONS ' +
    'PROTOCOL_CONNECTION_LOST CR_SERVER_GONE_ERROR CR_SERVER_LOST',
);

/** Codes of timeouts, and the SQLSTATE classes 08 (connection) and 53 (insufficient resources). */
const TRANSIENT_FORM = /^[A-Z_]*TIMED?OUT$|^(08|53)[0-9A-Z]{3}$/;

/**
 * This machine has run out of something that a new connection needs: file descriptors, ports, buffers. Nothing was
 * sent, and nothing is known of the upstream.
 */
const LOCAL_SHORTAGE = words('EMFILE ENFILE EADDRNOTAVAIL ENOBUFS');

const PERMANENT_CODES = words(
  // certificates, as far as their codes do not say so
  'HOSTNAME_MISMATCH INVALID_PURPOSE PATH_LENGTH_EXCEEDED ' +
    // a request that the client library refuses to make: a programming error, whatever its class
    'UND_ERR_INVALID_ARG UND_ERR_NOT_SUPPORTED ERR_BAD_OPTION ERR_BAD_OPTION_VALUE ERR_NOT_SUPPORT ERR_INVALID_URL ' +
    'ERR_UNSUPPORTED_PROTOCOL ' +
    // an answer whose header is larger than this side accepts: undici, and Node's parser
    'UND_ERR_HEADERS_OVERFLOW HPE_HEADER_OVERFLOW ' +
    // TLS that both sides understand differently, such as an answer in plain text; older versions of OpenSSL's errors
    'EPROTO',
);

/**
 * Certificates, their issuers and lists of revoked ones do not mend themselves between two attempts (Node `tls`,
 * OpenSSL X509_V_ERR_*): `CERT_HAS_EXPIRED`.
 */
const PERMANENT_FORM = /(^|_)(CERT|CRL|CA|ISSUER|LEAF)(_|$)/;

/** OpenSSL's errors: alerts of the other side, other versions and ciphers, an answer in plain text. */
const TLS_FORM = /^ERR_SSL_(?!UNEXPECTED_EOF)/;

/** Cancelled on purpose. */
const ABORT_CODES = words('ABORT_ERR ERR_ABORTED ERR_CANCELED UND_ERR_ABORT UND_ERR_ABORTED');

/** True for a text of this form. */
export const matches = (pattern: RegExp, text: unknown) => typeof text === 'string' && pattern.test(text);

export const isLocalShortage = (code: unknown) => LOCAL_SHORTAGE.has(code);
export const isTransientCode = (code: unknown) =>
  TRANSIENT_CODES.has(code) || isLocalShortage(code) || matches(TRANSIENT_FORM, code);
export const isPermanentCode = (code: unknown) =>
  PERMANENT_CODES.has(code) || matches(PERMANENT_FORM, code) || matches(TLS_FORM, code);
export const isAbortCode = (code: unknown) => ABORT_CODES.has(code);
