import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Anthropic from '@anthropic-ai/sdk';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Octokit } from '@octokit/core';
import { WebClient } from '@slack/web-api';
import { FetchHttpHandler } from '@smithy/fetch-http-handler';
import { createClient } from '@supabase/supabase-js';
import OpenAI from 'openai';
import Stripe from 'stripe';
import { createResilientFetch } from 'nestjs-breakwater';
import type { ResilientFetch } from 'nestjs-breakwater';
import { answer, answerJson, FaultServer } from '../support/fault-server/fault-server.js';
import type { Behaviour } from '../support/fault-server/fault-server.js';
import { startHttp, stopHttp } from '../support/http-application.js';

const server = await FaultServer.start();
afterAll(() => server.stop());
afterEach(stopHttp);

let fetch: ResilientFetch;
beforeEach(async () => {
  // a POST is repeatable with a key: the SDKs send none once their own retries are off
  fetch = createResilientFetch((await startHttp({ idempotencyKey: true })).http);
});

/** An SDK with its own retries switched off, over our fetch. */
interface Example {
  readonly name: string;
  /** Makes a call and returns what tells that it went well. */
  readonly call: () => Promise<unknown>;
  readonly answers: Behaviour;
  readonly result: unknown;
  /** An answer of failure that is not repeated. */
  readonly refusal: Behaviour;
  /** The SDK's own form of it; Supabase returns errors. */
  readonly error: unknown;
}

const { hostname, port } = new URL(server.url);
const completion = { id: '1', object: 'chat.completion', choices: [{ message: { content: 'Hello' } }] };
const message = { id: '1', type: 'message', role: 'assistant', content: [{ type: 'text', text: 'Hello' }] };
const chat = { model: 'small', messages: [{ role: 'user' as const, content: 'Hi' }] };

const openai = () => new OpenAI({ apiKey: 'none', baseURL: `${server.url}/v1`, maxRetries: 0, fetch });
const anthropic = () => new Anthropic({ apiKey: 'none', baseURL: server.url, maxRetries: 0, fetch });
const stripe = () =>
  new Stripe('sk_test_0', {
    host: hostname,
    port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
    httpClient: Stripe.createFetchHttpClient(fetch),
  });
const octokit = () => new Octokit({ baseUrl: server.url, request: { fetch } });
const supabase = () =>
  createClient(server.url, 'key', {
    global: { fetch },
    realtime: { transport: class {} as never },
    auth: { persistSession: false, autoRefreshToken: false },
  });
const s3 = () =>
  new S3Client({
    endpoint: server.url,
    forcePathStyle: true,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
    requestHandler: new FetchHttpHandler({ customFetch: fetch }),
  });
const slack = () =>
  new WebClient('xoxb', {
    slackApiUrl: `${server.url}/api/`,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    fetch,
  });

const examples: Example[] = [
  {
    name: 'OpenAI',
    call: async () => (await openai().chat.completions.create(chat)).choices[0]?.message.content,
    answers: answerJson(200, completion),
    result: 'Hello',
    refusal: answerJson(400, { error: { message: 'bad', type: 'invalid_request_error' } }),
    error: expect.any(OpenAI.BadRequestError),
  },
  {
    name: 'Anthropic',
    call: async () => (await anthropic().messages.create({ ...chat, max_tokens: 9 })).content[0],
    answers: answerJson(200, message),
    result: { type: 'text', text: 'Hello' },
    refusal: answerJson(400, { type: 'error', error: { type: 'invalid_request_error', message: 'bad' } }),
    error: expect.any(Anthropic.BadRequestError),
  },
  {
    name: 'Stripe',
    call: async () => (await stripe().customers.create({ name: 'Ada' })).id,
    answers: answerJson(200, { id: 'cus_1', object: 'customer' }),
    result: 'cus_1',
    refusal: answerJson(402, { error: { type: 'card_error', message: 'declined' } }),
    error: expect.any(Stripe.errors.StripeCardError),
  },
  {
    name: 'Octokit',
    call: async () =>
      (await octokit().request('GET /repos/{owner}/{repo}', { owner: 'a', repo: 'b' })).data.id,
    answers: answerJson(200, { id: 7 }),
    result: 7,
    refusal: answerJson(404, { message: 'Not Found' }),
    error: expect.objectContaining({ name: 'HttpError', status: 404 }),
  },
  {
    name: 'Supabase',
    call: async () => {
      const { data, error } = await supabase().from('items').select('id').retry(false);
      if (error) throw error;
      return data;
    },
    answers: answerJson(200, [{ id: 7 }]),
    result: [{ id: 7 }],
    refusal: answerJson(400, { code: '42703', message: 'column does not exist' }),
    error: expect.objectContaining({ code: '42703' }),
  },
  {
    name: 'AWS S3, reading',
    call: async () => {
      const { Body } = await s3().send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }));
      return Body?.transformToString();
    },
    answers: answer(200, 'content'),
    result: 'content',
    refusal: answer(404, '<Error><Code>NoSuchKey</Code></Error>', { 'content-type': 'application/xml' }),
    error: expect.objectContaining({ name: 'NoSuchKey' }),
  },
  {
    name: 'AWS S3, writing',
    call: async () =>
      (await s3().send(new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: 'content' }))).ETag,
    answers: answer(200, '', { etag: '"1"' }),
    result: '"1"',
    refusal: answer(403, '<Error><Code>AccessDenied</Code></Error>', { 'content-type': 'application/xml' }),
    error: expect.objectContaining({ name: 'AccessDenied' }),
  },
  {
    name: 'Slack',
    call: async () => (await slack().chat.postMessage({ channel: 'C1', text: 'Hi' })).ts,
    answers: answerJson(200, { ok: true, ts: '1.2' }),
    result: '1.2',
    refusal: answerJson(200, { ok: false, error: 'channel_not_found' }),
    error: expect.objectContaining({ code: 'slack_webapi_platform_error' }),
  },
];

describe.each(examples)(
  'the SDK of $name over a resilient fetch',
  ({ call, answers, result, refusal, error }) => {
    it('succeeds', async () => {
      server.play(answers);
      expect(await call()).toEqual(result);
      expect(server.arrived).toHaveLength(1);
    });

    it('has its 503 repeated by us, with its body', async () => {
      server.play(answer(503), answer(503), answers);
      expect(await call()).toEqual(result);
      expect(server.arrived).toHaveLength(3);
      expect(new Set(server.arrived.map(({ body }) => body)).size).toBe(1);
    });

    it('has errors in its own form, after one attempt', async () => {
      server.play(refusal);
      await expect(call()).rejects.toEqual(error);
      expect(server.arrived).toHaveLength(1);
    });

    it('does not repeat by itself', async () => {
      fetch = createResilientFetch((await startHttp({ retry: false, idempotencyKey: true })).http);
      server.play(answer(503));
      await expect(call()).rejects.toBeDefined();
      expect(server.arrived).toHaveLength(1);
    });
  },
);

/** Events of a server, written one by one. */
const events =
  (...lines: string[]): Behaviour =>
  (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n');
    for (const line of lines) socket.write(`${Buffer.byteLength(line).toString(16)}\r\n${line}\r\n`);
    socket.write('0\r\n\r\n');
  };

const delta = (content: string) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;

describe('a stream of events', () => {
  it('of OpenAI is repeated until its headers come, and read to its end', async () => {
    server.play(answer(503), events(delta('Hel'), delta('lo'), 'data: [DONE]\n\n'));
    let all = '';
    for await (const { choices } of await openai().chat.completions.create({ ...chat, stream: true }))
      all += choices[0]?.delta.content ?? '';
    expect([all, server.arrived.length]).toEqual(['Hello', 2]);
  });

  it('of Anthropic likewise', async () => {
    const part = (text: string) =>
      `event: content_block_delta\ndata: ${JSON.stringify({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })}\n\n`;
    server.play(
      answer(503),
      events(part('Hel'), part('lo'), 'event: message_stop\ndata: {"type":"message_stop"}\n\n'),
    );
    let all = '';
    for await (const event of await anthropic().messages.create({ ...chat, max_tokens: 9, stream: true }))
      if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') all += event.delta.text;
    expect([all, server.arrived.length]).toEqual(['Hello', 2]);
  });
});
