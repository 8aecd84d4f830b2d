import { TRANSIENT_STATUSES } from '../../policy/http-status.js';
import { hasRetryAfter, hasSpentQuota } from '../../policy/server-delay.js';
import type { FailureDomain } from '../failure-domain.js';
import type { Look } from '../look.js';

/** Message of undici when a proxy has refused a tunnel; the error has the code of an abort. */
const REFUSED_TUNNEL = /^Proxy response \((\d{3})\) !== 200 when HTTP Tunneling/;
/** RFC 9110 §15.5.8: an answer of a proxy, which says nothing of the upstream. */
const PROXY_AUTHENTICATION_REQUIRED = 407;

/** The key of an error that carries a status. */
function status(look: Look): string | undefined {
  // a 502 of our own that only says "no answer": its cause decides, where there is one
  if (look.code === 'RESILIENCE_UPSTREAM_CONNECTION' && look.get('cause') !== undefined) return undefined;
  const found = look.status ?? looseStatus(look);
  if (found === undefined) return undefined;
  // an answer that was only not the one wanted, such as a 304, will be the same again
  if (found < 400) return look.code === 'RESILIENCE_UPSTREAM_HTTP' ? '3xx' : undefined;
  return isForNow(look.error, found) ? `${found}_for_now` : keyOfStatus(found);
}

/** A refusal that the server itself takes back: RFC 9110 §15.5.14 for 413, the rate limits of GitHub for 403. */
function isForNow(error: unknown, found: number): boolean {
  if (found === 413) return hasRetryAfter(error);
  return found === 403 && (hasRetryAfter(error) || hasSpentQuota(error));
}

function keyOfStatus(found: number): string {
  const isJudged = found < 500 && found !== PROXY_AUTHENTICATION_REQUIRED && !TRANSIENT_STATUSES.has(found);
  return isJudged ? '4xx' : String(found);
}

/** `data.httpStatus` of tRPC, and a numeric `code` beside an answer, as Google's and Azure's clients have it. */
function looseStatus(look: Look): number | undefined {
  const data = look.get('data');
  const nested =
    typeof data === 'object' && data !== null ? (data as { httpStatus?: unknown }).httpStatus : undefined;
  const beside = look.has('response') || look.has('body') ? look.code : undefined;
  return [nested, beside].find(
    (one): one is number => Number.isInteger(one) && (one as number) >= 400 && (one as number) <= 599,
  );
}

function tunnelStatus({ message }: Look): string | undefined {
  if (!message.startsWith('Proxy response (')) return undefined;
  const found = Number(REFUSED_TUNNEL.exec(message)?.[1]);
  if (Number.isNaN(found)) return undefined;
  if (TRANSIENT_STATUSES.has(found)) return 'tunnel_5xx';
  return 'tunnel';
}

export const http: FailureDomain = {
  id: 'http',
  title: 'HTTP statuses and clients: this library’s, axios, got, ky, undici, fetch, Nest’s exceptions',
  source: 'RFC 9110 §15, RFC 6585 §4, RFC 8470 §5.2; documentation of each client',
  sets: [
    {
      tier: 'client',
      by: tunnelStatus,
      lines: [
        ['T', 'tunnel_5xx', 'a proxy cannot reach the host'],
        ['PI', 'tunnel', 'a proxy forbids the tunnel, or wants to know who asks'],
      ],
    },
    {
      tier: 'status',
      needs: ['status', 'statusCode', 'response', 'getStatus', 'upstreamStatus', '$metadata', 'data', 'body'],
      by: status,
      shown: (look) => look.status ?? looseStatus(look),
      lines: [
        ['T', '408 500 502 503 504', 'the server is in trouble, or waited too long'],
        ['TI', '421 425 429', 'the server is alive and says what to do'],
        ['TI', '403_for_now 413_for_now', 'refused until a time that the server names'],
        ['PS', '4xx', 'the server has judged this request'],
        ['PI', '407', 'a proxy wants to know who asks'],
        ['PI', '501 505', 'the server cannot do this at all'],
        ['PI', '3xx', 'an answer that was not the one wanted'],
      ],
    },
    {
      tier: 'code',
      by: 'code',
      lines: [
        ['PI', 'ERR_FR_TOO_MANY_REDIRECTS ERR_TOO_MANY_REDIRECTS', 'too many redirects'],
        [
          'PI',
          'ERR_FR_MAX_BODY_LENGTH_EXCEEDED UND_ERR_RES_EXCEEDED_MAX_SIZE',
          'the request or the answer is larger than allowed',
        ],
        [
          'PI',
          'ERR_BAD_OPTION ERR_BAD_OPTION_VALUE ERR_NOT_SUPPORT ERR_INVALID_URL ERR_UNSUPPORTED_PROTOCOL ERR_DEPRECATED ' +
            'ERR_FORM_DATA_DEPTH_EXCEEDED UND_ERR_INVALID_ARG UND_ERR_NOT_SUPPORTED UND_ERR_REQ_CONTENT_LENGTH_MISMATCH ' +
            'UND_ERR_INVALID_RETURN_VALUE',
          'the client was used in a wrong way',
        ],
        [
          'PI',
          'UND_ERR_HEADERS_OVERFLOW HPE_HEADER_OVERFLOW',
          'the header of the answer is larger than allowed',
        ],
        ['T', 'UND_ERR_SOCKET ERR_NETWORK', 'the connection failed'],
      ],
    },
    {
      tier: 'client',
      on: 'text code',
      by: ({ message, code }) => {
        if (code === 'ERR_BAD_RESPONSE' && message.startsWith('maxContentLength')) return 'maxContentLength';
        if (code === 'ERR_BAD_RESPONSE' && message === 'stream has been aborted') return 'cut';
        if (code === 'ERR_BAD_REQUEST' && message.startsWith('Unsupported protocol ')) return 'protocol';
        return code === 'ERR_BAD_REQUEST' && /\bmaxBodyLength\b/.test(message) ? 'maxBodyLength' : undefined;
      },
      lines: [
        ['PI', 'maxContentLength maxBodyLength', 'axios: the request or the answer is larger than allowed'],
        ['PI', 'protocol', 'axios: it does not speak this protocol'],
        ['T', 'cut', 'axios: the connection ended within the answer'],
      ],
    },
    {
      tier: 'name',
      by: 'name',
      lines: [['PI', 'MaxRedirectsError', 'too many redirects']],
    },
    {
      // node-fetch
      tier: 'client',
      needs: ['type'],
      by: (look) => (look.name === 'FetchError' ? (look.get('type') as string) : undefined),
      lines: [
        ['PI', 'max-redirect max-size', 'too many redirects, or an answer that is larger than allowed'],
        ['T', 'request-timeout body-timeout', 'no answer in time'],
      ],
    },
  ],
};
