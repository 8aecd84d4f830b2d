import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import {
  answer,
  closeDelimited,
  drip,
  earlyHints,
  encoded,
  endless,
  hang,
  hangInBody,
  redirect,
  reset,
  resetInBody,
  tooShort,
} from '../fault-server/fault-server.js';
import type { Behaviour } from '../fault-server/fault-server.js';
import { eventually } from '../http-application.js';
import { endOf, isError, readAll, sentTo } from './behaviour.js';
import type { Ask, FetchBehaviour } from './behaviour.js';

const raw =
  (text: string): Behaviour =>
  (socket) =>
    void socket.write(text, 'latin1');

const reading = (name: string, ...script: Behaviour[]): FetchBehaviour => ({
  name,
  script,
  run: async (ask, { url }) => endOf(ask(url).then(readAll)),
});

const text = (ask: Ask, url: string) => endOf(ask(url).then((response) => response.text()));

export const heads: readonly FetchBehaviour[] = [
  reading('200', answer(200, 'text')),
  reading('a status of failure resolves', answer(404, 'none')),
  reading('201 to 299 are `ok`', answer(206, 'part')),
  ...[204, 205, 304].map((status): FetchBehaviour => ({
    name: `${status} has no body`,
    script: [answer(status)],
    run: async (ask, { url }) => {
      const response = await ask(url);
      return [response.body, await readAll(response)];
    },
  })),
  {
    name: 'an empty body is a body',
    script: [answer(200)],
    run: async (ask, { url }) => {
      const response = await ask(url);
      return [response.body !== null, await response.text()];
    },
  },
  reading('early hints are passed over', earlyHints(answer(200, 'real'))),
  reading('a status that no standard knows', answer(999, 'odd')),
  reading('the reason of the server', raw('HTTP/1.1 200 Very fine indeed\r\ncontent-length: 0\r\n\r\n')),
  reading('no reason', raw('HTTP/1.1 200 \r\ncontent-length: 0\r\n\r\n')),
  {
    name: '`HEAD` has no body, whatever its length says',
    script: [answer(200, '', { 'content-length': 5 })],
    run: async (ask, { url }) => {
      const response = await ask(url, { method: 'HEAD' });
      return [response.body, response.headers.get('content-length'), await response.text()];
    },
  },
  {
    name: 'headers of the answer, in the order of the standard',
    script: [answer(200, '', { 'X-B': '2', 'x-a': ['1', '3'], 'content-type': 'a/b' })],
    run: async (ask, { url }) => [...(await ask(url)).headers],
  },
  {
    name: 'cookies stay apart',
    script: [answer(200, '', { 'set-cookie': ['a=1', 'b=2, c'] })],
    run: async (ask, { url }) => {
      const { headers } = await ask(url);
      return [headers.getSetCookie(), headers.get('set-cookie'), [...headers]];
    },
  },
  {
    name: 'a header of the answer in UTF-8 has one letter for each byte',
    script: [answer(200, '', { 'x-a': '\u20ac' })],
    run: async (ask, { url }) => (await ask(url)).headers.get('x-a'),
  },
  {
    name: 'headers of the answer cannot be changed',
    run: async (ask, { url }) => {
      const { headers } = await ask(url);
      const change = (run: () => void) => endOf(Promise.resolve().then(run));
      return [
        await change(() => headers.set('a', 'b')),
        await change(() => headers.append('a', 'b')),
        await change(() => headers.delete('date')),
        new Headers(headers).get('a'),
      ];
    },
  },
  {
    name: 'the answer is a `Response` of the process',
    run: async (ask, { url }) => {
      const response = await ask(url);
      return [
        response instanceof Response,
        response.constructor === Response,
        Object.prototype.toString.call(response),
      ];
    },
  },
  {
    name: 'the type, the URL and the flags of a clone',
    script: [redirect(302, '/there'), answer(200, 'text')],
    run: async (ask, { url }) => {
      const copy = (await ask(`${url}/here`)).clone().clone();
      return [copy.url.replace(url, ''), await readAll(copy)];
    },
  },
  {
    name: 'a `Response` made of the answer',
    script: [answer(201, 'text', { 'x-a': '1' })],
    run: async (ask, { url }) => {
      const response = await ask(url);
      const copy = new Response(response.body, response);
      return [copy.status, copy.headers.get('x-a'), await copy.text()];
    },
  },
];

export const reads: readonly FetchBehaviour[] = [
  {
    name: '`json()`, `arrayBuffer()`, `blob()`',
    script: [answer(200, '{"a":1}', { 'content-type': 'application/json' })],
    run: async (ask, { url }) => {
      const blob = await (await ask(url)).blob();
      const buffer = await (await ask(url)).arrayBuffer();
      return [await (await ask(url)).json(), Buffer.from(buffer).toString(), blob.type, await blob.text()];
    },
  },
  {
    name: '`formData()`',
    script: [answer(200, 'a=b&c=d', { 'content-type': 'application/x-www-form-urlencoded' })],
    run: async (ask, { url }) => [...(await (await ask(url)).formData())],
  },
  {
    name: 'JSON that is none',
    script: [answer(200, '{')],
    run: async (ask, { url }) => endOf((await ask(url)).json()),
  },
  {
    name: 'a body is read once',
    script: [answer(200, 'text')],
    run: async (ask, { url }) => {
      const response = await ask(url);
      const before = response.bodyUsed;
      await response.text();
      return [before, response.bodyUsed, await endOf(response.text())];
    },
  },
  {
    name: 'a byte order mark is left out',
    script: [answer(200, '\ufefftext')],
    run: (ask, { url }) => text(ask, url),
  },
  {
    name: 'a clone is read beside its original',
    script: [encoded('gzip', 'twice')],
    run: async (ask, { url }) => {
      const response = await ask(url);
      const copy = response.clone();
      return [await response.text(), await copy.text(), copy.bodyUsed];
    },
  },
  {
    name: 'a clone of a body that was read is refused',
    script: [answer(200, 'text')],
    run: async (ask, { url }) => {
      const response = await ask(url);
      await response.text();
      return endOf(Promise.resolve().then(() => response.clone()));
    },
  },
  {
    name: 'a body by `for await`',
    script: [drip('letters')],
    run: async (ask, { url }) => {
      let all = '';
      for await (const chunk of (await ask(url)).body as unknown as AsyncIterable<Uint8Array>)
        all += Buffer.from(chunk).toString();
      return all;
    },
  },
  {
    name: 'a reader with a buffer of its own',
    script: [answer(200, 'letters')],
    run: async (ask, { url }) => {
      const reader = (await ask(url)).body?.getReader({ mode: 'byob' });
      const { value } = (await reader?.read(new Uint8Array(4))) ?? {};
      await reader?.cancel();
      return Buffer.from(value ?? []).toString();
    },
  },
  {
    name: 'a body that is left after its first bytes ends its connection',
    script: [endless()],
    run: async (ask, upstream) => {
      const reader = (await ask(upstream.url)).body?.getReader();
      const first = await reader?.read();
      await reader?.cancel();
      await eventually(() => upstream.hasLostLast);
      return first?.value instanceof Uint8Array;
    },
  },
  {
    name: '`body.cancel()` ends its connection',
    script: [endless()],
    run: async (ask, upstream) => {
      await (await ask(upstream.url)).body?.cancel();
      await eventually(() => upstream.hasLostLast);
      return true;
    },
  },
  {
    name: 'a chunk owns its memory',
    script: [answer(200, 'letters')],
    run: async (ask, { url }) => {
      const { value } = (await (await ask(url)).body?.getReader().read()) ?? {};
      return value?.buffer.byteLength === value?.byteLength;
    },
  },
  reading('a body that ends with its connection', closeDelimited('all')),
];

const codings = ['gzip', 'br', 'deflate', 'raw deflate'] as const;

export const encodings: readonly FetchBehaviour[] = [
  ...codings.map((coding): FetchBehaviour => ({
    name: `${coding} is decoded`,
    script: [encoded(coding, 'text')],
    run: (ask, { url }) => text(ask, url),
  })),
  {
    name: 'a body is decoded also if the caller has set `accept-encoding`',
    script: [encoded('gzip', 'text')],
    run: async (ask, { url }) => (await ask(url, { headers: { 'accept-encoding': 'gzip' } })).text(),
  },
  {
    name: 'the headers of an encoded body stay',
    script: [encoded('gzip', 'text', { 'x-a': 'b' })],
    run: async (ask, { url }) => [...(await ask(url)).headers],
  },
  {
    name: 'two encodings',
    script: [answer(200, gzipSync(gzipSync('text')), { 'content-encoding': 'gzip, gzip' })],
    run: (ask, { url }) => text(ask, url),
  },
  {
    name: 'an encoding in capital letters, and `x-gzip`',
    script: [
      answer(200, gzipSync('text'), { 'content-encoding': 'GZIP' }),
      answer(200, gzipSync('text'), { 'content-encoding': 'x-gzip' }),
    ],
    run: async (ask, { url }) => [await text(ask, url), await text(ask, url)],
  },
  {
    name: 'an encoding that is unknown',
    script: [answer(200, 'text', { 'content-encoding': 'mystery' })],
    run: (ask, { url }) => text(ask, url),
  },
  {
    name: 'an encoded body that is empty',
    script: [answer(200, '', { 'content-encoding': 'gzip' })],
    run: (ask, { url }) => text(ask, url),
  },
  {
    name: '`HEAD` and 304 with an encoding',
    script: [
      answer(200, '', { 'content-encoding': 'gzip' }),
      answer(304, '', { 'content-encoding': 'gzip' }),
    ],
    run: async (ask, { url }) => [
      await (await ask(url, { method: 'HEAD' })).text(),
      await (await ask(url)).text(),
    ],
  },
  {
    name: 'a body that is not encoded as it says',
    script: [answer(200, 'plain', { 'content-encoding': 'gzip' })],
    run: (ask, { url }) => text(ask, url),
  },
  {
    name: 'an encoded body that ends too early',
    script: [answer(200, gzipSync('text'.repeat(100)).subarray(0, 20), { 'content-encoding': 'gzip' })],
    run: async (ask, { url }) => Object.keys((await text(ask, url)) as object),
    differs: {
      fetch: 'the part that came, as if it were all',
      ours: '`TypeError`',
      reason: 'an answer that is not whole must not look whole',
    },
  },
];

const hops = (count: number) => Array.from({ length: count }, (_, index) => redirect(302, `/${index}`));

export const redirects: readonly FetchBehaviour[] = [
  reading('20 redirects are followed', ...hops(20), answer(200, 'there')),
  reading('21 are too many', ...hops(21), answer(200, 'there')),
  {
    name: 'the URL and the flag of an answer behind a redirect',
    script: [redirect(302, '/there?c=1'), answer(200, 'there')],
    run: async (ask, { url }) => {
      const response = await ask(`${url}/here`);
      return [response.url.replace(url, ''), response.redirected];
    },
  },
  {
    name: 'a redirect to itself is one',
    script: [redirect(302, '/here'), answer(200)],
    run: async (ask, { url }) => (await ask(`${url}/here`)).redirected,
  },
  ...[301, 302, 303, 307, 308].map((status): FetchBehaviour => ({
    name: `${status} after POST`,
    script: [redirect(status, '/there'), answer(200)],
    run: async (ask, upstream) => {
      await ask(upstream.url, { method: 'POST', body: 'a', headers: { 'content-language': 'de' } });
      return sentTo(upstream, 'content-type', 'content-length', 'content-language');
    },
  })),
  ...['PUT', 'HEAD', 'DELETE'].map((method): FetchBehaviour => ({
    name: `303 after ${method}`,
    script: [redirect(303, '/there'), answer(200)],
    run: async (ask, upstream) => {
      await ask(upstream.url, { method });
      return sentTo(upstream);
    },
  })),
  {
    name: '307 after a stream, which is gone',
    script: [redirect(307, '/there'), answer(200)],
    run: (ask, { url }) => {
      const body = new Blob(['a']).stream();
      return endOf(ask(url, { method: 'POST', body, duplex: 'half' }));
    },
  },
  {
    name: '307 after a `Request` with a text',
    script: [redirect(307, '/there'), answer(200)],
    run: (ask, { url }) =>
      endOf(ask(new Request(url, { method: 'POST', body: 'a' })).then(({ status }) => status)),
  },
  reading('a place that is no URL', redirect(302, 'http://')),
  reading('a place that is not http', redirect(302, 'ftp://example.com/')),
  reading('a redirect without a place', answer(302, 'nowhere')),
  reading('300 and 304 with a place', answer(300, 'many', { location: '/a' })),
  {
    name: 'credentials in the place',
    script: [
      (socket, { headers: { host } }) => redirect(302, `http://a:b@${host}/`)(socket, {} as never),
      answer(200),
    ],
    run: async (ask, upstream) => {
      const end = await endOf(ask(upstream.url));
      return [JSON.stringify(end).includes('rejects'), sentTo(upstream, 'authorization')];
    },
    differs: {
      fetch: '`TypeError`',
      ours: 'Basic authorization',
      reason: 'as with credentials in the URL of the call',
    },
  },
  ...[
    ['authorization', true],
    ['cookie', true],
    ['x-api-key', false],
  ].map(([name, isForgotten]): FetchBehaviour => ({
    name: `\`${name as string}\` at another origin`,
    script: [
      (socket, { headers: { host = '' } }) =>
        redirect(302, `http://${host.replace('127.0.0.1', 'localhost')}/`)(socket, {} as never),
      answer(200),
    ],
    run: async (ask, upstream) => {
      await ask(upstream.url, { headers: { [name as string]: 'secret' } });
      return sentTo(upstream, name as string);
    },
    ...(!isForgotten && {
      differs: {
        fetch: 'is sent on',
        ours: 'is left out, as is all that is not known to be harmless',
        reason: 'a redirect must not carry a secret to a stranger, whatever its name',
      },
    }),
  })),
  {
    name: "`redirect: 'manual'`",
    script: [redirect(302, '/there')],
    run: async (ask, { url }) => {
      const response = await ask(url, { redirect: 'manual' });
      return [response.headers.get('location'), response.url === `${url}/`, await readAll(response)];
    },
  },
  {
    name: "`redirect: 'error'`",
    script: [redirect(302, '/there')],
    run: (ask, { url }) => endOf(ask(url, { redirect: 'error' })),
  },
  {
    name: 'the fragment of a place is not shown',
    script: [redirect(302, '/there#part'), answer(200)],
    run: async (ask, { url }) => (await ask(url)).url.replace(url, ''),
  },
];

const reason = new Error('enough');

/** Time for what happens behind an answer. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export const aborts: readonly FetchBehaviour[] = [
  {
    name: 'a signal that is aborted already sends nothing',
    run: async (ask, upstream) => [
      await endOf(ask(upstream.url, { signal: AbortSignal.abort() })),
      upstream.arrived.length,
    ],
  },
  {
    name: 'the reason is the one of the signal',
    run: async (ask, { url }) =>
      ask(url, { signal: AbortSignal.abort(reason) }).catch((error: unknown) => error === reason),
  },
  {
    name: 'a reason that is no error',
    run: (ask, { url }) => endOf(ask(url, { signal: AbortSignal.abort('why') })),
  },
  {
    name: 'an abort before the headers',
    script: [hang],
    run: async (ask, upstream) => {
      const leaving = new AbortController();
      const asked = endOf(ask(upstream.url, { signal: leaving.signal }));
      await eventually(() => upstream.arrived.length > 0);
      leaving.abort();
      return asked;
    },
  },
  {
    name: 'a signal with a time limit',
    script: [hang],
    run: (ask, { url }) => endOf(ask(url, { signal: AbortSignal.timeout(20) })),
  },
  {
    name: 'an abort while the body is read',
    script: [hangInBody],
    run: async (ask, { url }) => {
      const leaving = new AbortController();
      const body = (await ask(url, { signal: leaving.signal })).text();
      leaving.abort(reason);
      return body.catch((error: unknown) => error === reason);
    },
  },
  {
    name: 'an abort before the body is read',
    script: [hangInBody],
    run: async (ask, { url }) => {
      const leaving = new AbortController();
      const response = await ask(url, { signal: leaving.signal });
      leaving.abort();
      return endOf(response.text());
    },
  },
  {
    name: 'an abort ends the connection of a body',
    script: [endless()],
    run: async (ask, upstream) => {
      const leaving = new AbortController();
      const response = await ask(upstream.url, { signal: leaving.signal });
      leaving.abort();
      await eventually(() => upstream.hasLostLast);
      return endOf(response.text());
    },
  },
  {
    name: 'an abort after the body was read',
    script: [answer(200, 'text')],
    run: async (ask, { url }) => {
      const leaving = new AbortController();
      const response = await ask(url, { signal: leaving.signal });
      const all = await response.text();
      leaving.abort();
      return all;
    },
  },
  {
    name: 'an abort cancels the body that is sent',
    script: [hang],
    run: async (ask, upstream) => {
      const leaving = new AbortController();
      let isCancelled = false;
      let isAsked = false;
      const body = new ReadableStream({
        pull: () => {
          isAsked = true;
          return new Promise(() => undefined);
        },
        cancel: () => {
          isCancelled = true;
        },
      });
      const init = { method: 'POST', body, duplex: 'half' as const, signal: leaving.signal };
      const asked = endOf(ask(upstream.url, init));
      await eventually(() => isAsked);
      leaving.abort();
      const end = await asked;
      await turns();
      return [end, isCancelled];
    },
    differs: {
      fetch: 'rejects',
      ours: 'rejects, and cancels it',
      reason: 'the source lets go of what it holds: the standard says so, old versions of Node do not do it',
      isOfSomeVersions: true,
    },
  },
  {
    name: 'a signal that is aborted already cancels the body',
    run: async (ask, { url }) => {
      let isCancelled = false;
      const body = new ReadableStream({
        cancel: () => {
          isCancelled = true;
        },
      });
      const init = { method: 'POST', body, duplex: 'half' as const, signal: AbortSignal.abort() };
      const end = await endOf(ask(url, init));
      await eventually(() => isCancelled);
      return end;
    },
  },
  { name: '`null` for the signal', run: async (ask, { url }) => (await ask(url, { signal: null })).status },
  {
    name: 'a signal of a polyfill',
    run: (ask, { url }) => {
      const signal = Object.assign(new EventTarget(), { aborted: false, reason: undefined });
      return endOf(ask(url, { signal: signal as never }).then(({ status }) => status));
    },
    differs: {
      fetch: 'is followed by Node 20 and 22, refused by later ones',
      ours: 'is followed',
      reason: 'an SDK that brings one works on every version',
      isOfSomeVersions: true,
    },
  },
];

export const failures: readonly FetchBehaviour[] = [
  { name: 'a connection that is refused', run: (ask) => endOf(ask('http://127.0.0.1:1/')) },
  { name: 'a name that does not exist', run: (ask) => endOf(ask('http://does-not-exist.invalid/')) },
  reading('a reset before the answer', reset),
  {
    name: 'a reset in the body resolves, and fails the reader',
    script: [resetInBody],
    run: async (ask, { url }) => {
      const response = await ask(url);
      return [response.status, await endOf(response.text())];
    },
  },
  reading('a body that is shorter than its length', tooShort),
  reading('an answer that is not HTTP', raw('SSH-2.0-OpenSSH\r\n')),
  {
    name: 'the message of a network error',
    script: [reset],
    run: (ask, { url }) => ask(url).catch((error: Error) => [error.message, isError(error.cause)]),
  },
  {
    name: 'the message of a body that breaks off',
    script: [resetInBody],
    run: async (ask, { url }) =>
      (await ask(url)).text().catch((error: Error) => [error.message, isError(error.cause)]),
  },
];

const digest = (algorithm: string, of = 'content') =>
  `${algorithm}-${createHash(algorithm).update(of).digest('base64')}`;

const demanding = (name: string, integrity: string): FetchBehaviour => ({
  name,
  script: [answer(200, 'content')],
  run: (ask, { url }) => endOf(ask(url, { integrity }).then((response) => response.text())),
});

export const digests: readonly FetchBehaviour[] = [
  demanding('a digest that is right', digest('sha256')),
  demanding('a digest that is wrong', digest('sha256', 'other')),
  demanding('one of two digests', `${digest('sha384', 'other')} ${digest('sha384')}`),
  demanding('only the strongest digest counts', `${digest('sha256')} ${digest('sha512', 'other')}`),
  demanding('a digest of an unknown kind', 'md5-abc'),
  {
    name: 'the digest of a body that was encoded',
    script: [encoded('gzip', 'content')],
    run: (ask, { url }) =>
      endOf(ask(url, { integrity: digest('sha256') }).then((response) => response.text())),
  },
];

export const schemes: readonly FetchBehaviour[] = [
  { name: 'a `data:` URL', run: (ask) => endOf(ask('data:text/plain;base64,dGV4dA==').then(readAll)) },
  { name: 'a `data:` URL that is none', run: (ask) => endOf(ask('data:text')) },
  {
    name: 'a `blob:` URL',
    run: async (ask) => {
      const url = URL.createObjectURL(new Blob(['text']));
      return endOf(ask(url).then(readAll));
    },
  },
  { name: 'a `blob:` URL that is gone', run: (ask) => endOf(ask('blob:nodedata:1')) },
  { name: '`about:blank`', run: (ask) => endOf(ask('about:blank').then(readAll)) },
  { name: 'a `file:` URL', run: (ask) => endOf(ask('file:///etc/hostname')) },
  { name: 'an `ftp:` URL', run: (ask) => endOf(ask('ftp://example.com/')) },
];
