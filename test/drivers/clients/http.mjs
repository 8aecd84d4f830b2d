import { createRequire } from 'node:module';
import { failure, httpServer, NOBODY } from './support.mjs';

const require = createRequire(import.meta.url);

/** Answers `/404` with 404, `/redirect` with a redirect to itself, `/large` with 10 kB, `/cut` with half a body, `/silent` never. */
const upstream = () =>
  httpServer((request, response) => {
    const path = request.url.slice(1);
    if (path === 'silent') return;
    if (path === 'redirect') return response.writeHead(302, { location: '/redirect' }).end();
    if (path === 'large') return response.end('x'.repeat(10_000));
    if (path === 'limited') return response.writeHead(403, { 'retry-after': '1' }).end();
    if (path === 'cut') {
      response.writeHead(200, { 'content-length': 100 }).write('half');
      return setTimeout(() => response.destroy(), 20);
    }
    response.writeHead(Number(path) || 200, { 'content-type': 'application/json' }).end('{"message":"x"}');
  });

const STATUSES = [400, 401, 404, 409, 422, 429, 500, 501, 503];

async function ask(row, get, { redirects = true } = {}) {
  const server = await upstream();
  for (const status of STATUSES)
    row(`an answer of ${status}`, await failure(() => get(`${server.url}/${status}`)));
  row('a body that was cut', await failure(() => get(`${server.url}/cut`)));
  row('nobody at the port', await failure(() => get(`http://127.0.0.1:${NOBODY}/`)));
  if (redirects) row('too many redirects', await failure(() => get(`${server.url}/redirect`)));
  return server;
}

export const axios = {
  async errors(row) {
    const { default: client } = await import('axios');
    const server = await ask(row, (url) => client.get(url));
    row('no answer in time', await failure(() => client.get(`${server.url}/silent`, { timeout: 30 })));
    row(
      'an answer that is too large',
      await failure(() => client.get(`${server.url}/large`, { maxContentLength: 100 })),
    );
    row(
      'a request that is too large',
      await failure(() => client.post(`${server.url}/200`, 'x'.repeat(1000), { maxBodyLength: 10 })),
    );
    row(
      'a request that is too large, by follow-redirects',
      await failure(() =>
        client.post(`${server.url}/200`, require('node:stream').Readable.from(['x'.repeat(1000)]), {
          maxBodyLength: 10,
        }),
      ),
    );
    row(
      'an answer that is too large, by its fetch adapter',
      await failure(() => client.get(`${server.url}/large`, { adapter: 'fetch', maxContentLength: 100 })),
    );
    row(
      'nobody at the port, by its fetch adapter',
      await failure(() => client.get(`http://127.0.0.1:${NOBODY}`, { adapter: 'fetch' })),
    );
    row('a limit that ends', await failure(() => client.get(`${server.url}/limited`)));
    row(
      'a call that was cancelled',
      await failure(() => client.get(`${server.url}/200`, { signal: AbortSignal.abort() })),
    );
    row('another protocol', await failure(() => client.get('gopher://127.0.0.1/')));
    const deep = {};
    for (let at = deep, level = 0; level < 150; level++) at = at.inner = {};
    row('a form that is too deep', await failure(() => client.postForm(`${server.url}/200`, deep)));
    await server.close();
  },
};

export const got = {
  async errors(row) {
    const { default: client } = await import('got');
    const server = await ask(row, (url) => client(url, { retry: { limit: 0 } }));
    row(
      'no answer in time',
      await failure(() => client(`${server.url}/silent`, { timeout: { request: 30 }, retry: { limit: 0 } })),
    );
    row('an answer that is no JSON', await failure(() => client(`${server.url}/large`).json()));
    row('another protocol', await failure(() => client('gopher://127.0.0.1/')));
    await server.close();
  },
};

export const ky = {
  async errors(row) {
    const { default: client } = await import('ky');
    const server = await ask(row, (url) => client.get(url, { retry: 0 }).text());
    row(
      'no answer in time',
      await failure(() => client.get(`${server.url}/silent`, { timeout: 30, retry: 0 })),
    );
    await server.close();
  },
};

export const undici = {
  async errors(row) {
    const package_ = await import('undici');
    const agents = new package_.Agent();
    const throwing = agents.compose(package_.interceptors.responseError());
    const server = await ask(
      row,
      async (url) => (await package_.request(url, { dispatcher: throwing })).body.text(),
      { redirects: false },
    );
    const agent = (options) => new package_.Agent(options);
    const text = async (path, options) =>
      (await package_.request(server.url + path, { dispatcher: agent(options) })).body.text();
    row(
      'no answer in time',
      await failure(() => text('/silent', { headersTimeout: 30, connectTimeout: 1000 })),
    );
    row('an answer that is too large', await failure(() => text('/large', { maxResponseSize: 100 })));
    row(
      'a request of another length',
      await failure(() =>
        package_.request(server.url, {
          dispatcher: agents,
          method: 'POST',
          headers: { 'content-length': '99' },
          body: 'x',
        }),
      ),
    );
    row(
      'a wrong argument',
      await failure(() => package_.request(server.url, { dispatcher: agents, method: 7 })),
    );
    row(
      'a stream that is none',
      await failure(
        () =>
          new Promise((_resolve, reject) => {
            const piped = package_.pipeline(server.url, { method: 'GET', dispatcher: agents }, ({ body }) => {
              body.on('error', () => {});
              return 'no stream';
            });
            piped.on('error', reject).end();
          }),
      ),
    );
    const closed = agent({});
    await closed.destroy();
    row(
      'a client that was destroyed',
      await failure(() => package_.request(server.url, { dispatcher: closed })),
    );
    await agents.destroy();
    await server.close();
  },
};

export const fetchOfNode = {
  async errors(row) {
    const server = await upstream();
    row('nobody at the port', await failure(() => fetch(`http://127.0.0.1:${NOBODY}/`)));
    row('too many redirects', await failure(() => fetch(`${server.url}/redirect`)));
    row('a body that was cut', await failure(async () => (await fetch(`${server.url}/cut`)).text()));
    row(
      'no answer in time',
      await failure(() => fetch(`${server.url}/silent`, { signal: AbortSignal.timeout(30) })),
    );
    row('a call that was aborted', await failure(() => fetch(server.url, { signal: AbortSignal.abort() })));
    row('an address that is none', await failure(() => fetch('http://')));
    await server.close();
  },
};

const json = {
  requestSerialize: (value) => Buffer.from(JSON.stringify(value)),
  requestDeserialize: (bytes) => JSON.parse(bytes),
  responseSerialize: (value) => Buffer.from(JSON.stringify(value)),
  responseDeserialize: (bytes) => JSON.parse(bytes),
};

export const grpc = {
  async errors(row) {
    const package_ = require('@grpc/grpc-js');
    const service = {
      Find: { path: '/shop.Items/Find', requestStream: false, responseStream: false, ...json },
      Silent: { path: '/shop.Items/Silent', requestStream: false, responseStream: false, ...json },
    };
    const server = new package_.Server();
    server.addService(service, {
      Find: ({ request }, answer) => answer({ code: request.code, details: 'no such thing' }),
      Silent() {},
    });
    const port = await new Promise((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', package_.ServerCredentials.createInsecure(), (error, found) =>
        error ? reject(error) : resolve(found),
      ),
    );
    const Client = package_.makeGenericClientConstructor(service, 'Items');
    const client = new Client(`127.0.0.1:${port}`, package_.credentials.createInsecure());
    const call = (method, request, options = {}, act = () => {}) =>
      failure(
        () =>
          new Promise((resolve, reject) =>
            act(
              client[method](request, new package_.Metadata(), options, (error, value) =>
                error ? reject(error) : resolve(value),
              ),
            ),
          ),
      );
    for (let code = 1; code <= 16; code++) row(package_.status[code], await call('Find', { code }));
    row('no answer in time', await call('Silent', {}, { deadline: Date.now() + 50 }));
    row('cancelled by its caller', await call('Silent', {}, {}, (running) => running.cancel()));
    client.close();
    server.forceShutdown();
    const lonely = new Client(`127.0.0.1:${NOBODY}`, package_.credentials.createInsecure());
    row(
      'nobody at the port',
      await failure(() => new Promise((_resolve, reject) => lonely.Find({}, reject))),
    );
    lonely.close();
  },
};

export const elasticsearch = {
  async errors(row) {
    const package_ = require('@elastic/elasticsearch');
    const server = await httpServer((request, response) => {
      const status = Number(request.url.split('/')[1]) || 200;
      response
        .writeHead(status, {
          'content-type': 'application/json',
          ...(request.url.startsWith('/other') ? {} : { 'x-elastic-product': 'Elasticsearch' }),
        })
        .end(request.url.includes('broken') ? '{' : '{"error":{"type":"x"}}');
    });
    const client = new package_.Client({ node: server.url, maxRetries: 0, requestTimeout: 2000 });
    const get = (path, more) => failure(() => client.transport.request({ method: 'GET', path }, more));
    for (const status of [400, 404, 409, 429, 503]) row(`an answer of ${status}`, await get(`/${status}`));
    row('an answer that is no JSON', await get('/broken'));
    row('another product', await get('/other'));
    const down = new package_.Client({ node: `http://127.0.0.1:${NOBODY}`, maxRetries: 0 });
    row('nobody at the port', await failure(() => down.info()));
    const { errors } = package_;
    row('no answer in time', new errors.TimeoutError('Request timed out'));
    row('no node', new errors.NoLivingConnectionsError('x', {}));
    row('aborted', new errors.RequestAbortedError('x'));
    row('a wrong option', await failure(() => new package_.Client({})));
    row('a body that is none', new errors.SerializationError('x', {}));
    await server.close();
  },
};

export const aws = {
  async errors(row) {
    const package_ = await import('@aws-sdk/client-dynamodb');
    let answer;
    const server = await httpServer((_request, response) =>
      response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(
        JSON.stringify({
          __type: `com.amazonaws.dynamodb.v20120810#${answer.type}`,
          message: 'x',
          ...answer.more,
        }),
      ),
    );
    const at = (endpoint, more) =>
      new package_.DynamoDBClient({
        endpoint,
        region: 'eu-central-1',
        maxAttempts: 1,
        credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
        ...more,
      });
    const client = at(server.url);
    const says = (type, status = 400, more = {}) => {
      answer = { type, status, more };
      return failure(() => client.send(new package_.ListTablesCommand({})));
    };
    for (const name of [
      'ConditionalCheckFailedException',
      'ResourceNotFoundException',
      'ValidationException',
      'AccessDeniedException',
      'UnrecognizedClientException',
      'ThrottlingException',
      'ProvisionedThroughputExceededException',
      'RequestLimitExceeded',
      'TransactionConflictException',
      'LimitExceededException',
    ])
      row(name, await says(name));
    row('InternalServerError', await says('InternalServerError', 500));
    row('ServiceUnavailable', await says('ServiceUnavailable', 503));
    const cancelled = (...codes) =>
      says('TransactionCanceledException', 400, {
        CancellationReasons: codes.map((Code) => ({ Code, Message: 'x' })),
      });
    row('a transaction that was cancelled by a conflict', await cancelled('None', 'TransactionConflict'));
    row(
      'a transaction that was cancelled by a condition',
      await cancelled('TransactionConflict', 'ConditionalCheckFailed'),
    );
    row(
      'nobody at the port',
      await failure(() => at(`http://127.0.0.1:${NOBODY}`).send(new package_.ListTablesCommand({}))),
    );
    row(
      'no credentials',
      await failure(() =>
        at(server.url, {
          credentials: async () => {
            const { CredentialsProviderError } = require('@smithy/core/config');
            throw new CredentialsProviderError('Could not load credentials from any providers');
          },
        }).send(new package_.ListTablesCommand({})),
      ),
    );
    await server.close();
  },
};
