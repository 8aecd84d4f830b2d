import { afterAll } from '@jest/globals';
import OpenAI from 'openai';
import Stripe from 'stripe';
import { CircuitBreaker, Retryable } from 'nestjs-breakwater';
import { answerJson, FaultServer } from '../support/fault-server/fault-server.js';
import { describeUntyped } from '../support/untyped-service.js';
import type { Journal } from '../support/untyped-service.js';

const journal: Journal = { executed: 0, failures: 0 };
const server = await FaultServer.start();
afterAll(() => server.stop());
server.play((socket, request) => {
  journal.executed++;
  const hasFailed = journal.failures-- > 0;
  const list = {
    object: 'list',
    data: [{ id: 'one' }, { id: 'two' }],
    has_more: false,
    url: '/v1/customers',
  };
  const respond = hasFailed ? answerJson(503, { error: { message: 'not now' } }) : answerJson(200, list);
  respond(socket, request);
});

const { hostname, port } = new URL(server.url);
const stripe = new Stripe('sk_test_0', {
  host: hostname,
  port,
  protocol: 'http',
  maxNetworkRetries: 0,
  telemetry: false,
});
const openai = new OpenAI({ apiKey: 'none', baseURL: `${server.url}/v1`, maxRetries: 0 });

const retried = { baseDelay: 0, maxRetries: 3 };
const broken = { name: 'upstream', failureThreshold: 4 };

class Customers {
  @Retryable(retried)
  @CircuitBreaker(broken)
  list() {
    return stripe.customers.list({ limit: 2 });
  }
}

class Models {
  @Retryable(retried)
  @CircuitBreaker(broken)
  list() {
    return openai.models.list();
  }
}

const read = ({ data }: { data: unknown }) => data;

describeUntyped({ what: 'a list() of the Stripe SDK', service: Customers, method: 'list', read }, journal);
describeUntyped({ what: 'a list() of the OpenAI SDK', service: Models, method: 'list', read }, journal);
