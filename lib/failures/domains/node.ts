import type { FailureDomain } from '../failure-domain.js';
import type { Look } from '../look.js';

/**
 * This machine has run out of something that a new connection needs: file descriptors, ports, buffers. Nothing was
 * sent, and nothing is known of the upstream.
 */
const LOCAL_SHORTAGE = 'EMFILE ENFILE EADDRNOTAVAIL ENOBUFS';
const SHORTAGES: ReadonlySet<unknown> = new Set(LOCAL_SHORTAGE.split(' '));

/** True for the code of a local shortage. */
export const isLocalShortage = (code: unknown): boolean => SHORTAGES.has(code);

/** Certificates, their issuers and lists of revoked ones (Node `tls`, OpenSSL X509_V_ERR_*): `CERT_HAS_EXPIRED`. */
const CERTIFICATE = /(^|_)(CERT|CRL|CA|ISSUER|LEAF)(_|$)/;
/** OpenSSL's errors: alerts of the other side, other versions and ciphers, an answer in plain text. */
const TLS = /^ERR_SSL_(?!UNEXPECTED_EOF)/;
const TIMEOUT = /^[A-Z_]*TIMED?OUT$/;
const FILES = /^E(NOENT|ACCES|PERM|EXIST|ISDIR|NOTDIR|NOTEMPTY|NAMETOOLONG|INVAL|ROFS)$/;
const LONGEST_CODE = 100;

function form(look: Look): string | undefined {
  const code = look.code as string;
  if (code.length > LONGEST_CODE) return undefined;
  if (FILES.test(code)) return look.get('syscall') === 'connect' ? 'connect' : code;
  if (CERTIFICATE.test(code)) return 'certificate';
  if (TLS.test(code)) return 'tls';
  if (code.startsWith('ERR_INVALID_ARG_')) return 'ERR_INVALID_ARG';
  return TIMEOUT.test(code) ? 'timeout' : undefined;
}

function refusedStream({ code, message }: Look): string | undefined {
  return code === 'ERR_HTTP2_STREAM_ERROR' && message.includes('REFUSED_STREAM')
    ? 'REFUSED_STREAM'
    : undefined;
}

export const node: FailureDomain = {
  id: 'node',
  title: 'Node: connections, DNS, TLS, files',
  source: 'Node.js documentation, errors; errno(3); OpenSSL X509_V_ERR_*',
  sets: [
    {
      tier: 'code',
      by: 'code',
      lines: [
        [
          'T',
          'ECONNRESET ECONNREFUSED ECONNABORTED EPIPE ENOTCONN ENETUNREACH EHOSTUNREACH ENETDOWN EHOSTDOWN EAGAIN ' +
            'ERR_STREAM_PREMATURE_CLOSE ERR_SSL_UNEXPECTED_EOF_WHILE_READING ERR_HTTP2_GOAWAY_SESSION REFUSED_STREAM',
          'the connection failed',
        ],
        ['T', 'ETIMEDOUT ESOCKETTIMEDOUT', 'no answer in time'],
        ['T', 'ESOCKET ECONNECTION', 'SQL Server, nodemailer: the connection failed'],
        ['T', 'EAI_AGAIN ENOTFOUND ESERVFAIL', 'the resolver does not know the host now'],
        ['TI', LOCAL_SHORTAGE, 'this machine has run out of it; nothing was sent'],
        [
          'PI',
          'HOSTNAME_MISMATCH INVALID_PURPOSE PATH_LENGTH_EXCEEDED',
          'the certificate does not mend itself',
        ],
        ['PI', 'EPROTO', 'the two sides do not speak the same TLS'],
        ['PI', 'ERR_ASSERTION', 'an assertion of the program failed'],
      ],
    },
    {
      tier: 'code',
      on: 'text code',
      by: refusedStream,
      lines: [['T', 'REFUSED_STREAM', 'the server has not begun with this request (RFC 9113 §8.7)']],
    },
    {
      tier: 'code',
      on: 'text code',
      by: form,
      shown: ({ code }) => code,
      lines: [
        ['T', 'timeout', 'no answer in time'],
        ['T', 'connect', 'the socket of the server is not there'],
        ['PI', 'certificate', 'the certificate does not mend itself'],
        ['PI', 'tls', 'the two sides do not speak the same TLS'],
        ['PI', 'ERR_INVALID_ARG', 'the function was used in a wrong way'],
        [
          'PI',
          'ENOENT EACCES EPERM EEXIST EISDIR ENOTDIR ENOTEMPTY ENAMETOOLONG EINVAL EROFS',
          'the file system of this machine',
        ],
      ],
    },
    {
      tier: 'abort',
      by: 'code',
      lines: [
        ['PI', 'ABORT_ERR ERR_ABORTED ERR_CANCELED UND_ERR_ABORT UND_ERR_ABORTED', 'cancelled on purpose'],
      ],
    },
    { tier: 'abort', by: 'name', lines: [['PI', 'AbortError', 'cancelled on purpose']] },
    { tier: 'name', by: 'name', lines: [['T', 'TimeoutError', 'no answer in time']] },
  ],
};

/** The classes as well as the names: what Node itself throws into a `vm` context, such as jest's, is of other classes. */
const BUGS = [TypeError, RangeError, SyntaxError, ReferenceError, URIError, EvalError];

export const language: FailureDomain = {
  id: 'language',
  title: 'The language',
  source: 'ECMAScript; Node.js documentation, assert',
  sets: [
    {
      tier: 'name',
      by: 'name',
      yields: 'any',
      lines: [
        [
          'PI',
          'TypeError RangeError SyntaxError ReferenceError URIError EvalError AssertionError',
          'a bug in the program',
        ],
      ],
    },
    {
      tier: 'name',
      by: ({ error }) => (BUGS.some((bug) => error instanceof bug) ? 'bug' : undefined),
      yields: 'any',
      lines: [['PI', 'bug', 'a bug in the program']],
    },
  ],
};
