import { describe, expect, it } from '@jest/globals';
import { classifyFailure } from '../../../lib/policy/classify-failure.js';
import { recordFailureAs } from '../../../lib/strategies/circuit-breaker/record-as.js';
import { answered, made, ofClass, system } from '../../support/foreign-errors.js';
import type { ForeignRow } from '../../support/foreign-errors.js';

const axios = (message: string, code: string, more: object = {}, cause?: unknown) =>
  made(message, { name: 'AxiosError', isAxiosError: true, code, config: {}, ...more }, cause);
const axiosAnswer = (status: number) =>
  axios(`Request failed with status code ${status}`, status < 500 ? 'ERR_BAD_REQUEST' : 'ERR_BAD_RESPONSE', {
    status,
    response: answered(status),
  });
const got = (name: string, code: string | undefined, more: object = {}) =>
  made('got', { name, code, options: {}, timings: {}, ...more });
const gotAnswer = (statusCode: number) =>
  got('HTTPError', 'ERR_NON_2XX_3XX_RESPONSE', { response: { statusCode, headers: {} } });
const undici = (name: string, code: string, more: object = {}) => made('undici', { name, code, ...more });
const fetchFailed = (cause?: unknown) => new TypeError('fetch failed', cause ? { cause } : undefined);
const ky = (status: number) => made('ky', { name: 'HTTPError', response: new Response('', { status }) });

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
];

const permanent: ForeignRow[] = [
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
];

const unknown: ForeignRow[] = [
  ['axios: a body above maxContentLength', axios('maxContentLength size exceeded', 'ERR_BAD_RESPONSE')],
  ['axios: too many redirects', axios('Maximum number of redirects', 'ERR_FR_TOO_MANY_REDIRECTS')],
  ['axios: 507', axiosAnswer(507)],
  ['got: 522 of a CDN', gotAnswer(522)],
  [
    'got: a body that cannot be parsed',
    got('ParseError', 'ERR_BODY_PARSE_FAILURE', { response: { statusCode: 200 } }),
  ],
  ['undici: a destroyed client', undici('ClientDestroyedError', 'UND_ERR_DESTROYED')],
  ['tls: another protocol on the port', made('', { code: 'EPROTO', syscall: 'write' })],
  ['net: no more file descriptors', system('EMFILE', 'connect')],
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
