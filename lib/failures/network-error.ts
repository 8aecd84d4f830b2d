import { read } from '../policy/error-chain.js';
import type { Look } from './look.js';

/** Connections: errno(3), Node.js documentation, errors. */
const CONNECTION = new Set(
  (
    'ECONNRESET ECONNREFUSED ECONNABORTED EPIPE ENOTCONN ENETUNREACH EHOSTUNREACH ENETDOWN EHOSTDOWN ENETRESET ETIMEDOUT ' +
    'ESOCKETTIMEDOUT EADDRNOTAVAIL ENOBUFS ERR_STREAM_PREMATURE_CLOSE ERR_HTTP2_GOAWAY_SESSION ERR_HTTP2_SESSION_ERROR ' +
    'ERR_HTTP2_STREAM_ERROR ERR_HTTP2_STREAM_CANCEL ERR_SOCKET_CONNECTION_TIMEOUT'
  ).split(' '),
);
/** DNS: Node.js documentation, dns, error codes. */
const DNS = new Set(
  'ENOTFOUND EAI_AGAIN ESERVFAIL ENODATA EREFUSED EFORMERR ENOTIMP EBADNAME EBADRESP ENONAME ETIMEOUT'.split(
    ' ',
  ),
);
/** TLS: OpenSSL X509_V_ERR_*, its alerts, and Node's own errors. */
const TLS =
  /^(EPROTO|HOSTNAME_MISMATCH|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|ERR_(SSL|TLS)_.*|(.*_)?(CERT|CRL|CA|ISSUER|LEAF)(_.*)?)$/;
/** undici, and the HTTP parser in it. */
const UNDICI = /^(UND_ERR|HPE)(_|$)/;

/** Drivers of databases give the codes of connections to errors of their own, which tell the statement. */
const OF_DATABASES = ['sql', 'sqlMessage', 'query', 'parameters', 'sqlState', 'severity'];

/** True for an error with a code of connections, DNS, TLS or undici, unless a database's driver has made it. */
export function isNetworkError(look: Look): boolean {
  const { code, error } = look;
  if (typeof code !== 'string' || !isNetworkCode(code, look)) return false;
  return !OF_DATABASES.some((key) => read(error, key) !== undefined);
}

function isNetworkCode(code: string, look: Look): boolean {
  if (CONNECTION.has(code) || TLS.test(code) || UNDICI.test(code)) return true;
  const syscall = look.get('syscall');
  // SQL Server's driver has an ETIMEOUT too
  if (DNS.has(code)) return code !== 'ETIMEOUT' || typeof syscall === 'string';
  // a socket in the file system
  return syscall === 'connect';
}
