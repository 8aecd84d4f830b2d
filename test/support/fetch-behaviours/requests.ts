import { Readable } from 'node:stream';
import { FormData as ForeignFormData } from 'undici';
import { endOf, sentTo } from './behaviour.js';
import type { FetchBehaviour } from './behaviour.js';

const stream = (...chunks: unknown[]) =>
  new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });

const bytes = (text: string) => new TextEncoder().encode(text);

const half = { duplex: 'half' as const };

const form = () => {
  const data = new FormData();
  data.append('a', 'b');
  data.append('file', new Blob(['content'], { type: 'text/csv' }), 'a.csv');
  return data;
};

/** Boundaries are made by chance. */
const withoutBoundary = (text = '') => text.replace(/-{2,}[\w-]*\d+/g, '(boundary)');

export const urls: readonly FetchBehaviour[] = [
  {
    name: 'a URL with a query',
    run: async (ask, { url }) => (await ask(`${url}/a?b=1&b=2`)).url.replace(url, ''),
  },
  {
    name: 'a fragment is neither sent nor shown',
    run: async (ask, upstream) => [
      (await ask(`${upstream.url}/a#b`)).url.replace(upstream.url, ''),
      sentTo(upstream),
    ],
  },
  {
    name: 'a URL object',
    run: async (ask, upstream) => [(await ask(new URL('/a', upstream.url))).status, sentTo(upstream)],
  },
  {
    name: 'anything that can be written as a URL',
    run: async (ask, { url }) => (await ask({ toString: () => `${url}/a` } as never)).status,
  },
  {
    name: 'spaces and letters beyond ASCII in a path are encoded',
    run: async (ask, upstream) => [(await ask(`${upstream.url}/a b/ü?c=ä`)).status, sentTo(upstream)],
  },
  {
    name: 'dots in a path are resolved',
    run: async (ask, upstream) => [(await ask(`${upstream.url}/a/../b/./c`)).status, sentTo(upstream)],
  },
  { name: 'no argument', run: (ask) => endOf((ask as () => Promise<unknown>)()) },
  { name: 'a URL that cannot be parsed', run: (ask) => endOf(ask('http://')) },
  { name: 'a relative URL without a base', run: (ask) => endOf(ask('/path')) },
  { name: 'a symbol for a URL', run: (ask) => endOf(ask(Symbol('a') as never)) },
  {
    name: 'an init that is no object',
    run: (ask, { url }) => endOf(ask(url, 'GET' as never)),
  },
  { name: 'null for the init', run: async (ask, { url }) => (await ask(url, null as never)).status },
  {
    name: 'an unknown member of the init',
    run: async (ask, { url }) => (await ask(url, { mystery: 1 } as never)).status,
  },
  {
    name: 'an instance whose members are inherited for the init',
    run: async (ask, upstream) => {
      const init = Object.create({ method: 'PUT', body: 'a' }) as RequestInit;
      return [(await ask(upstream.url, init)).status, sentTo(upstream, 'content-type')];
    },
  },
  {
    name: 'credentials in the URL',
    run: async (ask, upstream) => {
      const end = await endOf(ask(upstream.url.replace('//', '//user:secret@')));
      return [JSON.stringify(end).includes('rejects'), sentTo(upstream, 'authorization')];
    },
    differs: {
      fetch: '`TypeError`',
      ours: 'Basic authorization, and a URL without them',
      reason: 'settings often hold them; they leave every URL that is shown',
    },
  },
  {
    name: 'a port that browsers block',
    run: (ask) =>
      endOf(ask('http://127.0.0.1:6667/').catch((error: Error) => String((error.cause as Error).message))),
    differs: {
      fetch: '`TypeError`: bad port',
      ours: 'it is asked',
      reason: 'the list protects the network of a browser’s user; a server chooses its upstream itself',
    },
  },
];

const METHODS = ['get', 'Post', 'pUT', 'delete', 'options', 'head', 'PATCH', 'PROPFIND', 'x-any'];

export const methods: readonly FetchBehaviour[] = [
  ...METHODS.map((method): FetchBehaviour => ({
    name: `the method \`${method}\``,
    run: async (ask, upstream) => [(await ask(upstream.url, { method })).status, sentTo(upstream)],
  })),
  {
    name: 'the method `patch`, which stays in lower case',
    run: async (ask, upstream) => [(await ask(upstream.url, { method: 'patch' })).status, sentTo(upstream)],
  },
  ...['CONNECT', 'trace', 'TRACK', '', 'a b', 'GET\r\n'].map((method): FetchBehaviour => ({
    name: `the method ${JSON.stringify(method)} is refused`,
    run: (ask, { url }) => endOf(ask(url, { method })),
  })),
  ...['GET', 'HEAD'].map((method): FetchBehaviour => ({
    name: `a body on ${method} is refused`,
    run: (ask, { url }) => endOf(ask(url, { method, body: 'a' })),
  })),
  {
    name: 'a body on DELETE',
    run: async (ask, upstream) => [
      (await ask(upstream.url, { method: 'DELETE', body: 'a' })).status,
      sentTo(upstream, 'content-type', 'content-length'),
    ],
  },
  {
    name: 'POST without a body',
    run: async (ask, upstream) => [
      (await ask(upstream.url, { method: 'POST' })).status,
      sentTo(upstream, 'content-type', 'content-length'),
    ],
  },
];

export const headers: readonly FetchBehaviour[] = [
  {
    name: 'headers as an object, as pairs, and as `Headers`',
    run: async (ask, upstream) => {
      const forms = [{ 'X-A': '1' }, [['X-A', '1']] as [string, string][], new Headers({ 'X-A': '1' })];
      const seen = [];
      for (const given of forms) {
        await ask(upstream.url, { headers: given });
        seen.push(sentTo(upstream, 'x-a'));
      }
      return seen;
    },
  },
  {
    name: 'a header given twice is joined',
    run: async (ask, upstream) => {
      await ask(upstream.url, {
        headers: [
          ['x-a', '1'],
          ['X-A', '2'],
        ],
      });
      return sentTo(upstream, 'x-a');
    },
  },
  {
    name: 'spaces around a value are left out',
    run: async (ask, upstream) => {
      await ask(upstream.url, { headers: { 'x-a': '  1 \t' } });
      return sentTo(upstream, 'x-a');
    },
  },
  {
    name: 'a value of Latin letters',
    run: async (ask, upstream) => {
      await ask(upstream.url, { headers: { 'x-a': 'caf\u00e9' } });
      return sentTo(upstream, 'x-a');
    },
  },
  ...[
    ['a line break in a value', { 'x-a': 'a\r\nx-b: c' }],
    ['a letter beyond Latin-1 in a value', { 'x-a': '\u20ac' }],
    ['a control character in a value', { 'x-a': 'a\u0001b' }],
    ['a space in a name', { 'x a': 'b' }],
    ['an empty name', { '': 'b' }],
  ].map(([name, given]): FetchBehaviour => ({
    name: `${name as string} is refused`,
    run: (ask, { url }) => endOf(ask(url, { headers: given as Record<string, string> })),
  })),
  ...[{ 'transfer-encoding': 'chunked' }, { expect: '100-continue' }, { 'keep-alive': 'timeout=5' }].map(
    (given): FetchBehaviour => ({
      name: `\`${Object.keys(given)[0]}\` belongs to the connection: it is refused`,
      run: (ask, { url }) =>
        endOf(ask(url, { method: 'POST', body: 'a', headers: given as Record<string, string> })),
    }),
  ),
  {
    name: '`connection: close` is sent',
    run: async (ask, upstream) => [
      (await ask(upstream.url, { headers: { connection: 'close' } })).status,
      sentTo(upstream, 'connection'),
    ],
  },
  {
    name: '`cookie`, `origin`, `referer` and `date`, which a browser forbids, are sent',
    run: async (ask, upstream) => {
      await ask(upstream.url, {
        headers: { cookie: 'a=b', origin: 'http://a', referer: 'http://b', date: 'c' },
      });
      return sentTo(upstream, 'cookie', 'origin', 'referer', 'date');
    },
  },
  {
    name: '`host`',
    run: async (ask, upstream) => {
      await ask(upstream.url, { headers: { host: 'example.com' } });
      return (sentTo(upstream, 'host') as { headers: string[] }).headers[0] === 'example.com';
    },
    differs: {
      fetch: 'is replaced by that of the URL',
      ours: 'is sent',
      reason:
        'a server behind a gateway is often asked by the name of another; no page of a stranger runs here',
      isOfSomeVersions: true,
    },
  },
  {
    name: 'the default `accept`',
    run: async (ask, upstream) => {
      await ask(upstream.url);
      return sentTo(upstream, 'accept');
    },
  },
  {
    name: 'the default `accept-encoding` asks for gzip and deflate',
    run: async (ask, upstream) => {
      await ask(upstream.url);
      const [encoding = ''] = (sentTo(upstream, 'accept-encoding') as { headers: string[] }).headers;
      return ['gzip', 'deflate'].map((name) => encoding.includes(name));
    },
  },
  {
    name: '`br` is asked for without TLS',
    run: async (ask, upstream) => {
      await ask(upstream.url);
      return (sentTo(upstream, 'accept-encoding') as { headers: string[] }).headers[0]?.includes('br');
    },
    differs: {
      fetch: 'over TLS only',
      ours: 'always',
      reason: 'old middleboxes of the public web broke it; between servers it saves bytes',
      isOfSomeVersions: true,
    },
  },
  {
    name: 'the default `user-agent`',
    run: async (ask, upstream) => {
      await ask(upstream.url);
      return sentTo(upstream, 'user-agent');
    },
    differs: {
      fetch: '`node`',
      ours: '`nestjs-breakwater/<version>`',
      reason: 'an upstream sees which client asks',
    },
  },
  {
    name: '`accept-language` and `sec-fetch-mode`',
    run: async (ask, upstream) => {
      await ask(upstream.url);
      return sentTo(upstream, 'accept-language', 'sec-fetch-mode');
    },
    differs: { fetch: '`*` and `cors`', ours: 'are not sent', reason: 'they say nothing of a server' },
  },
  ...(['default', 'no-store', 'reload', 'no-cache', 'force-cache'] as const).map((cache): FetchBehaviour => ({
    name: `the cache \`${cache}\` is told to caches on the way`,
    run: async (ask, upstream) => {
      const init: object = { cache };
      await ask(upstream.url, init);
      return sentTo(upstream, 'cache-control', 'pragma');
    },
  })),
  ...['if-none-match', 'if-modified-since', 'if-match', 'if-range'].map((name): FetchBehaviour => ({
    name: `a caller with \`${name}\` wants no answer of a cache`,
    run: async (ask, upstream) => {
      await ask(upstream.url, { headers: { [name]: '"a"', pragma: 'mine' } });
      return sentTo(upstream, name, 'cache-control', 'pragma');
    },
  })),
  {
    name: 'the member `referrer`',
    run: async (ask, upstream) => {
      await ask(upstream.url, { referrer: upstream.url });
      return sentTo(upstream, 'referer');
    },
    differs: {
      fetch: 'is sent as `referer`',
      ours: 'is checked only',
      reason: 'no page asks; the header `referer` of the caller is sent',
    },
  },
  {
    name: 'headers of the caller win over the defaults',
    run: async (ask, upstream) => {
      const own = { accept: 'a/b', 'user-agent': 'me', 'accept-encoding': 'identity' };
      await ask(upstream.url, { headers: own });
      return sentTo(upstream, ...Object.keys(own));
    },
  },
];

const GIVEN_BODIES: [string, () => RequestInit][] = [
  ['text', () => ({ body: 'caf\u00e9' })],
  ['empty text', () => ({ body: '' })],
  ['a number', () => ({ body: 7 as never })],
  ['an object, which becomes a text', () => ({ body: { a: 1 } as never })],
  ['`URLSearchParams`', () => ({ body: new URLSearchParams({ a: 'b c' }) })],
  ['a `Blob` with a type', () => ({ body: new Blob(['abc'], { type: 'text/csv' }) })],
  ['a `Blob` without one', () => ({ body: new Blob(['abc']) })],
  ['a `Uint8Array`', () => ({ body: bytes('abc') })],
  ['an `ArrayBuffer`', () => ({ body: bytes('abc').buffer })],
  ['a `DataView` of a part of a buffer', () => ({ body: new DataView(bytes('abcdef').buffer, 1, 3) })],
  ['a Buffer', () => ({ body: Buffer.from('abc') })],
  ['a `ReadableStream`', () => ({ body: stream(bytes('ab'), bytes('c')), ...half })],
  ['an async iterable', () => ({ body: Readable.from(['ab', 'c']), ...half })],
  ['a stream of Node', () => ({ body: Readable.from([Buffer.from('abc')]) as never, ...half })],
  [
    'text with a content type of its own',
    () => ({ body: '{}', headers: { 'content-type': 'application/json' } }),
  ],
  ['`null`', () => ({ body: null })],
];

export const bodies: readonly FetchBehaviour[] = [
  ...GIVEN_BODIES.map(([name, init]): FetchBehaviour => ({
    name,
    run: async (ask, upstream) => [
      (await ask(upstream.url, { method: 'POST', ...init() })).status,
      sentTo(upstream, 'content-type', 'content-length', 'transfer-encoding'),
    ],
  })),
  {
    name: '`FormData`',
    run: async (ask, upstream) => {
      await ask(upstream.url, { method: 'POST', body: form() });
      const {
        body,
        headers: [type],
      } = sentTo(upstream, 'content-type') as { body: string; headers: string[] };
      return [withoutBoundary(body), withoutBoundary(type)];
    },
  },
  {
    name: '`FormData` with a content type of its own',
    run: async (ask, upstream) => {
      await ask(upstream.url, { method: 'POST', body: form(), headers: { 'content-type': 'a/b' } });
      return (sentTo(upstream, 'content-type') as { headers: string[] }).headers;
    },
  },
  {
    name: '`FormData` of another copy of undici',
    run: async (ask, upstream) => {
      const data = new ForeignFormData();
      data.append('a', 'b');
      await ask(upstream.url, { method: 'POST', body: data as never });
      return (sentTo(upstream) as { body: string }).body.includes('name="a"');
    },
    differs: {
      fetch: 'Node 20 and 22 send the form, later ones the text `[object FormData]`',
      ours: 'is sent as a form',
      reason: 'that text is never what is meant; SDKs bring their own copies',
      isOfSomeVersions: true,
    },
  },
  {
    name: 'a body that changes after the call',
    run: async (ask, upstream) => {
      const body = bytes('before');
      const asked = ask(upstream.url, { method: 'POST', body });
      body.set(bytes('AFTER!'));
      await asked;
      return sentTo(upstream);
    },
  },
  {
    name: 'a stream without `duplex` is refused',
    run: (ask, { url }) => endOf(ask(url, { method: 'POST', body: stream(bytes('a')) })),
  },
  {
    name: 'a stream that is locked is refused',
    run: (ask, { url }) => {
      const body = stream(bytes('a'));
      body.getReader();
      return endOf(ask(url, { method: 'POST', body, ...half }));
    },
  },
  {
    name: 'a stream that fails',
    run: (ask, { url }) => {
      const body = new ReadableStream({ pull: () => Promise.reject(new Error('disk')) });
      return endOf(ask(url, { method: 'POST', body, ...half }));
    },
  },
  {
    name: 'a stream of numbers is refused',
    run: (ask, { url }) => endOf(ask(url, { method: 'POST', body: stream(1), ...half })),
  },
  {
    name: 'a stream of text',
    run: async (ask, upstream) =>
      endOf(ask(upstream.url, { method: 'POST', body: stream('a'), ...half }).then(() => sentTo(upstream))),
  },
];

const request = (url: string, init?: RequestInit) => new Request(url, init);

export const requests: readonly FetchBehaviour[] = [
  {
    name: 'a `Request` with a body',
    run: async (ask, upstream) => {
      const given = request(upstream.url, { method: 'PUT', body: '{}', headers: { 'x-a': '1' } });
      await ask(given);
      return [sentTo(upstream, 'content-type', 'x-a'), given.bodyUsed];
    },
  },
  {
    name: 'the body of a `Request` has the length that it had as a text',
    run: async (ask, upstream) => {
      await ask(request(upstream.url, { method: 'PUT', body: '{}' }));
      return sentTo(upstream, 'content-length', 'transfer-encoding');
    },
  },
  ...[
    { kind: 'form', make: form },
    { kind: 'Blob', make: () => new Blob(['abc']) },
    { kind: 'stream', make: () => stream(bytes('a'), bytes('b')) },
  ].map(({ kind, make }): FetchBehaviour => ({
    name: `a \`Request\` with a ${kind}`,
    run: async (ask, upstream) => {
      await ask(request(upstream.url, { method: 'PUT', body: make(), ...half }));
      const { body: text } = sentTo(upstream) as { body: string };
      return withoutBoundary(text);
    },
  })),
  {
    name: 'a `Request` whose body comes later',
    run: async (ask, upstream) => {
      const body = new ReadableStream({
        async pull(controller) {
          // later than the turn of the event loop in which the body is looked at
          for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
          controller.enqueue(bytes('late'));
          controller.close();
        },
      });
      await ask(request(upstream.url, { method: 'PUT', body, ...half }));
      return sentTo(upstream, 'transfer-encoding');
    },
  },
  {
    name: 'an init beside a `Request` wins',
    run: async (ask, upstream) => {
      const given = request(upstream.url, { method: 'POST', body: 'theirs', headers: { 'x-a': '1' } });
      await ask(given, { method: 'PUT', body: 'mine', headers: { 'x-b': '2' } });
      return sentTo(upstream, 'x-a', 'x-b');
    },
  },
  {
    name: 'a `Request` whose body was read is refused',
    run: async (ask, { url }) => {
      const given = request(url, { method: 'POST', body: 'a' });
      await given.text();
      return endOf(ask(given));
    },
  },
  {
    name: 'the signal of a `Request`',
    run: (ask, { url }) => endOf(ask(request(url, { signal: AbortSignal.abort() }))),
  },
  {
    name: 'the redirect mode of a `Request`',
    run: async (ask, { url }) => (await ask(request(url, { redirect: 'manual' }))).status,
  },
  {
    name: 'a `Request` for the init',
    run: async (ask, upstream) => {
      await ask(upstream.url, request(upstream.url, { method: 'PUT', headers: { 'x-a': '1' } }));
      return sentTo(upstream, 'x-a');
    },
  },
  {
    name: 'a clone of a `Request`',
    run: async (ask, upstream) => {
      const given = request(upstream.url, { method: 'POST', body: 'a' });
      await ask(given.clone());
      return [sentTo(upstream), given.bodyUsed];
    },
  },
  ...[
    ['mode', 'navigate'],
    ['redirect', 'sometimes'],
    ['cache', 'only-if-cached'],
    ['credentials', 'maybe'],
    ['referrer', 'http://'],
    ['window', 'a'],
    ['duplex', 'full'],
    ['signal', 'abort'],
  ].map(([member = '', value]): FetchBehaviour => ({
    name: `the ${member} \`${value}\` is refused`,
    run: (ask, { url }) => endOf(ask(url, { [member]: value })),
  })),
  ...[
    { keepalive: true },
    { mode: 'no-cors' as const },
    { cache: 'no-store' as const },
    { credentials: 'include' as const },
  ].map((init): FetchBehaviour => ({
    name: `\`${Object.entries(init)[0]?.join(': ')}\``,
    run: async (ask, { url }) => {
      const { status, type } = await ask(url, init);
      return [status, type];
    },
  })),
];
