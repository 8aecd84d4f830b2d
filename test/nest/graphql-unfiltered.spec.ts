import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ApolloDriver } from '@nestjs/apollo';
import type { ApolloDriverConfig } from '@nestjs/apollo';
import type { INestApplication } from '@nestjs/common';
import { Field, GraphQLModule, ObjectType, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { GraphQLError } from 'graphql';
import {
  CircuitOpenException,
  InvalidRequestException,
  Retryable,
  UpstreamConnectionException,
  UpstreamHttpException,
} from 'nestjs-breakwater';
import { listen, platforms } from '../support/nest-application.js';

const request = { method: 'GET', url: 'http://billing.internal:8443/v1/accounts/4711' };
const inside = /billing|internal|4711|ECONN|RESILIENCE_ACCOUNTS/;

const raised: GraphQLError[] = [];

@ObjectType()
class Account {
  @Field()
  id!: string;
}

@Resolver(() => Account)
class AccountsResolver {
  static error: Error;

  @Query(() => Account)
  account(): Promise<Account> {
    return Promise.reject(AccountsResolver.error);
  }

  @Query(() => Account)
  healthy(): Account {
    return { id: '7' };
  }

  @ResolveField(() => String)
  @Retryable({ maxRetries: 0 })
  async balance(): Promise<string> {
    throw AccountsResolver.error;
  }
}

let app: INestApplication;
let url: string;
beforeAll(async () => {
  ({ app, url } = await listen(platforms[0][1], {
    imports: [
      GraphQLModule.forRoot<ApolloDriverConfig>({
        driver: ApolloDriver,
        autoSchemaFile: true,
        includeStacktraceInErrorResponses: false,
        formatError: (formatted, error) => {
          raised.push(error as GraphQLError);
          return formatted;
        },
      }),
    ],
    providers: [AccountsResolver],
  }));
});
afterAll(() => app.close());

const failures: [string, string, () => Error][] = [
  [
    'a refused connection',
    'Bad Gateway',
    () => new UpstreamConnectionException({ ...request, cause: new Error('ECONNREFUSED') }),
  ],
  [
    'an answer',
    'Bad Gateway',
    () => new UpstreamHttpException({ ...request, upstreamStatus: 404, upstreamBody: 'internal' }),
  ],
  ['an open circuit', 'Service Unavailable', () => new CircuitOpenException({ circuit: 'billing' })],
  [
    'a request that was refused',
    'Internal Server Error',
    () => new InvalidRequestException({ reason: 'headers.internal' }),
  ],
];

it.each(failures)(
  'GraphQL without the filter shows no more than the reason phrase: %s',
  async (_name, phrase, make) => {
    for (const query of ['{ account { id } }', '{ healthy { balance } }']) {
      AccountsResolver.error = make();
      const { message } = AccountsResolver.error;
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ query }),
      });
      const text = await response.text();
      expect(text).not.toMatch(inside);
      expect(JSON.parse(text)).toMatchObject({ errors: [{ message: phrase }] });
      const { originalError } = raised.at(-1) ?? {};
      for (const log of [String(originalError), JSON.stringify(originalError)])
        expect(log).toContain(message);
    }
  },
);

it('an exception that no GraphQL server has seen keeps its message', () => {
  const error = new CircuitOpenException({ circuit: 'billing' });
  expect(error.message).toContain('billing');
  expect(Object.keys(error)).not.toContain('path');
  expect(Object.assign(new CircuitOpenException({ circuit: 'billing' }), { path: '/a' })).toMatchObject({
    path: '/a',
    message: expect.stringContaining('billing'),
  });
});
