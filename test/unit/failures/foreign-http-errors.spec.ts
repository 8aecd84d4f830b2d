import { describe, expect, it } from '@jest/globals';
import { UpstreamConnectionException } from '../../../lib/exceptions/upstream.exceptions.js';
import { classifyFailure } from '../../../lib/failures/classify-failure.js';
import { recordFailureAs } from '../../../lib/strategies/circuit-breaker/record-as.js';
import { answered, made, ofClass, system } from '../../support/foreign-errors.js';
import type { ForeignRow } from '../../support/foreign-errors.js';

const axios = (message: string, code: string, more: object = {}, cause?: unknown) =>
  made(message, { name: 'AxiosError', isAxiosError: true, code, config: {}, ...more }, cause);
const axiosAnswer = (status: number, headers: object = {}) =>
  axios(`Request failed with status code ${status}`, status < 500 ? 'ERR_BAD_REQUEST' : 'ERR_BAD_RESPONSE', {
    status,
    response: answered(status, headers),
  });
const got = (name: string, code: string | undefined, more: object = {}) =>
  made('got', { name, code, options: {}, timings: {}, ...more });
const gotAnswer = (statusCode: number) =>
  got('HTTPError', 'ERR_NON_2XX_3XX_RESPONSE', { response: { statusCode, headers: {} } });
const undici = (name: string, code: string, more: object = {}) => made('undici', { name, code, ...more });
const fetchFailed = (cause?: unknown) => new TypeError('fetch failed', cause ? { cause } : undefined);
const ky = (status: number) => made('ky', { name: 'HTTPError', response: new Response('', { status }) });

/** As undici tells of a proxy that answers CONNECT. */
const refusedTunnel = (status: number) =>
  undici('AbortError', 'UND_ERR_ABORTED', {
    message: `Proxy response (${status}) !== 200 when HTTP Tunneling`,
  });
/** An `AggregateError` of Node has the code of its first member. */
const NO_PORT = { name: 'AggregateError', code: 'EADDRNOTAVAIL' };
const SPENT = { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': '1704067260' };

const transient: ForeignRow[] = [
  ['axios: its own timeout', axios('timeout of 1000ms exceeded', 'ECONNABORTED')],
  ['axios: a timeout with clarifyTimeoutError', axios('timeout of 1000ms exceeded', 'ETIMEDOUT')],
  ['axios: a refused connection', axios('', 'ECONNREFUSED', { name: 'Error' }, system('ECONNREFUSED'))],
  ['axios: a socket that hung up', axios('socket hang up', 'ECONNRESET')],
  ['axios: no network, by its fetch adapter', axios('Network Error', 'ERR_NETWORK', {}, fetchFailed())],
  ['axios: 503', axiosAnswer(503)],
  ['axios: 408', axiosAnswer(408)],
  ['axios: 429', axiosAnswer(429), 'ignore'],
  ['axios: 425', axiosAnswer(425), 'ignore'],
  ['got: a request that timed out', got('TimeoutError', 'ETIMEDOUT', { event: 'response' })],
  ['got: a refused connection', got('RequestError', 'ECONNREFUSED')],
  ['got: a body that was cut', got('ReadError', 'ECONNRESET', { response: { statusCode: 200 } })],
  ['got: a body that ended too early', got('ReadError', 'ERR_STREAM_PREMATURE_CLOSE')],
  ['got: 502', gotAnswer(502)],
  ['got: 421', gotAnswer(421), 'ignore'],
  ['ky: 504', ky(504)],
  ['ky: a timeout', ofClass('TimeoutError', 'Request timed out: GET https://example.com/')],
  ['ky: no network', made('', { name: 'NetworkError' }, fetchFailed(system('ENOTFOUND', 'getaddrinfo')))],
  ['fetch: a refused connection', fetchFailed(system('ECONNREFUSED'))],
  ['fetch: the other side closed', fetchFailed(undici('SocketError', 'UND_ERR_SOCKET', { socket: {} }))],
  ['fetch: a cut body', new TypeError('terminated', { cause: undici('SocketError', 'UND_ERR_SOCKET') })],
  ['fetch: its connect timeout', fetchFailed(undici('ConnectTimeoutError', 'UND_ERR_CONNECT_TIMEOUT'))],
  ['fetch: AbortSignal.timeout()', new DOMException('The operation timed out', 'TimeoutError')],
  [
    'fetch: every address failed',
    fetchFailed(new AggregateError([system('ENETUNREACH'), system('ETIMEDOUT')])),
  ],
  ['undici: headers timeout', undici('HeadersTimeoutError', 'UND_ERR_HEADERS_TIMEOUT')],
  ['undici: body timeout', undici('BodyTimeoutError', 'UND_ERR_BODY_TIMEOUT')],
  [
    'undici: 500 by its interceptor',
    undici('ResponseError', 'UND_ERR_RESPONSE', { statusCode: 500, body: '' }),
  ],
  [
    'undici: its retries ended',
    undici('RequestRetryError', 'UND_ERR_REQ_RETRY', { statusCode: 503, data: {} }),
  ],
  [
    'net: happy eyeballs',
    made('', { name: 'AggregateError', code: 'ECONNREFUSED', errors: [system('EPIPE')] }),
  ],
  ['net: no route', system('EHOSTUNREACH')],
  ['net: the attempt on one address took too long', made('', { code: 'ERR_SOCKET_CONNECTION_TIMEOUT' })],
  ['tls: a handshake that took too long', made('', { code: 'ERR_TLS_HANDSHAKE_TIMEOUT' })],
  ['dns: no answer for now', system('EAI_AGAIN', 'getaddrinfo')],
  ['dns: the resolver timed out', system('ETIMEOUT', 'queryA')],
  ['dns: the server failed', system('ESERVFAIL', 'queryA')],
  ['tls: a connection that was dropped', made('', { code: 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING' })],
  ['net: no more file descriptors', system('EMFILE'), 'ignore'],
  ['net: no more files in the system', fetchFailed(system('ENFILE')), 'ignore'],
  ['net: no more ports', axios('', 'EADDRNOTAVAIL', {}, system('EADDRNOTAVAIL')), 'ignore'],
  ['net: no more buffers', new UpstreamConnectionException({ cause: system('ENOBUFS') }), 'ignore'],
  [
    'net: no port for any address',
    made('', { ...NO_PORT, errors: [system('EADDRNOTAVAIL'), system('EADDRNOTAVAIL')] }),
    'ignore',
  ],
  [
    'net: no address of the one kind, and nobody at the other',
    made('', { ...NO_PORT, errors: [system('EADDRNOTAVAIL'), system('ECONNREFUSED')] }),
  ],
  ['undici: a proxy that is overloaded', fetchFailed(refusedTunnel(503))],
  ['undici: a proxy that cannot reach the host', fetchFailed(refusedTunnel(502))],
  ['undici: a proxy that waited too long', new UpstreamConnectionException({ cause: refusedTunnel(504) })],
  ['axios: 403 of a secondary limit', axiosAnswer(403, { 'retry-after': '60' }), 'ignore'],
  ['axios: 403 of a used-up quota', axiosAnswer(403, SPENT), 'ignore'],
  ['axios: 403 of a used-up RateLimit', axiosAnswer(403, { ratelimit: '"d";r=0;t=30' }), 'ignore'],
  ['axios: 403 of a RateLimit that does not say when', axiosAnswer(403, { ratelimit: '"d";r=0' }), 'ignore'],
  ['axios: 413 that says when', axiosAnswer(413, { 'retry-after': '0.5' }), 'ignore'],
];

const permanent: ForeignRow[] = [
  ['axios: a body above maxContentLength', axios('maxContentLength size exceeded', 'ERR_BAD_RESPONSE')],
  ['axios: too many redirects', axios('Maximum number of redirects', 'ERR_FR_TOO_MANY_REDIRECTS')],
  [
    'axios: a request above maxBodyLength',
    axios('Request body larger than maxBodyLength limit', 'ERR_BAD_REQUEST'),
  ],
  ['axios: 404', axiosAnswer(404), 'success'],
  ['axios: 401', axiosAnswer(401), 'success'],
  ['axios: 413 that does not say when', axiosAnswer(413), 'success'],
  ['axios: 501', axiosAnswer(501)],
  ['axios: cancelled by its signal', axios('canceled', 'ERR_CANCELED', { name: 'CanceledError' })],
  ['axios: an option that it does not know', axios('', 'ERR_BAD_OPTION')],
  [
    'axios: an expired certificate',
    axios('', 'CERT_HAS_EXPIRED', {}, made('', { code: 'CERT_HAS_EXPIRED' })),
  ],
  ['got: 400', gotAnswer(400), 'success'],
  ['got: 505', gotAnswer(505)],
  ['got: cancelled', got('CancelError', 'ERR_CANCELED', { isCanceled: true })],
  ['got: aborted', got('AbortError', 'ERR_ABORTED')],
  ['got: another protocol', got('UnsupportedProtocolError', 'ERR_UNSUPPORTED_PROTOCOL')],
  ['ky: 422', ky(422), 'success'],
  ['fetch: aborted by its caller', new DOMException('This operation was aborted', 'AbortError')],
  ['fetch: a certificate of another host', fetchFailed(made('', { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }))],
  ['fetch: a URL that is none', fetchFailed(made('Invalid URL', { code: 'ERR_INVALID_URL' }))],
  ['undici: aborted', undici('AbortError', 'UND_ERR_ABORTED')],
  ['undici: a wrong argument', undici('InvalidArgumentError', 'UND_ERR_INVALID_ARG')],
  ['node: an aborted operation', made('', { name: 'AbortError', code: 'ABORT_ERR' })],
  ['tls: a self-signed certificate', made('', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })],
  ['tls: an unknown issuer', made('', { code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' })],
  ['tls: an answer in plain text', made('', { code: 'EPROTO', syscall: 'write' })],
  ['tls: an answer in plain text, by its own code', made('', { code: 'ERR_SSL_WRONG_VERSION_NUMBER' })],
  ['tls: an alert', fetchFailed(made('', { code: 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE' }))],
  ['tls: another alert', made('', { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' })],
  [
    'undici: a header that is too large',
    fetchFailed(undici('HeadersOverflowError', 'UND_ERR_HEADERS_OVERFLOW')),
  ],
  ['node: a header that is too large', axios('Parse Error', 'HPE_HEADER_OVERFLOW')],
  ['undici: a proxy that wants to know who asks', fetchFailed(refusedTunnel(407))],
  ['undici: a proxy that forbids it', fetchFailed(refusedTunnel(403))],
  ['axios: 407', axiosAnswer(407)],
  ['axios: 403', axiosAnswer(403), 'success'],
  ['axios: 403 with something left', axiosAnswer(403, { ...SPENT, 'X-RateLimit-Remaining': '1' }), 'success'],
  ['axios: 403 with a malformed Retry-After', axiosAnswer(403, { 'retry-after': 'soon' }), 'success'],
  [
    'axios: 403 with nothing left and no reset',
    axiosAnswer(403, { 'x-ratelimit-remaining': '0' }),
    'success',
  ],
  ['axios: 413 of the last request of a quota', axiosAnswer(413, SPENT), 'success'],
  ['axios: 401 with Retry-After', axiosAnswer(401, { 'retry-after': '1' }), 'success'],
];

const unknown: ForeignRow[] = [
  ['axios: 507', axiosAnswer(507)],
  ['got: 522 of a CDN', gotAnswer(522)],
  [
    'got: a body that cannot be parsed',
    got('ParseError', 'ERR_BODY_PARSE_FAILURE', { response: { statusCode: 200 } }),
  ],
  ['undici: a destroyed client', undici('ClientDestroyedError', 'UND_ERR_DESTROYED')],
  ['words that only quote those of undici', made('got Proxy response (503) !== 200 when HTTP Tunneling')],
];

describe('an error of an HTTP client or of Node', () => {
  it.each(transient)('is transient: %s', (_what, error, recorded = 'failure') => {
    expect([classifyFailure(error), recordFailureAs(error, classifyFailure)]).toEqual([
      'transient',
      recorded,
    ]);
  });

  it.each(permanent)('is permanent: %s', (_what, error, recorded = 'ignore') => {
    expect([classifyFailure(error), recordFailureAs(error, classifyFailure)]).toEqual([
      'permanent',
      recorded,
    ]);
  });

  it.each(unknown)('is unknown: %s', (_what, error) => {
    expect([classifyFailure(error), recordFailureAs(error, classifyFailure)]).toEqual(['unknown', 'failure']);
  });
});
