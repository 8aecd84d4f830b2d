import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ApolloDriver } from '@nestjs/apollo';
import type { ApolloDriverConfig } from '@nestjs/apollo';
import { UseGuards } from '@nestjs/common';
import type { CanActivate, INestApplication } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import {
  Args,
  Field,
  GraphQLModule,
  Int,
  Mutation,
  ObjectType,
  Parent,
  Query,
  ResolveField,
  Resolver,
} from '@nestjs/graphql';
import type { GraphQLError } from 'graphql';
import { Attempt, CircuitOpenException, ResilienceExceptionFilter, Retryable } from 'nestjs-breakwater';
import type { AttemptContext } from 'nestjs-breakwater';
import { listen, platforms } from '../support/nest-application.js';
import { Unsteady } from '../support/unsteady.js';

@ObjectType()
class Book {
  @Field()
  title!: string;

  @Field()
  author!: string;
}

class Guard implements CanActivate {
  static admits = true;

  canActivate(): boolean {
    return Guard.admits;
  }
}

@Resolver(() => Book)
class BooksResolver {
  readonly upstream = new Unsteady();

  @Query(() => Book)
  @Retryable()
  async book(@Args('title') title: string): Promise<Partial<Book>> {
    return this.upstream.answer({ title });
  }

  @ResolveField(() => String)
  @Retryable()
  async author(@Parent() book: Book): Promise<string> {
    return this.upstream.answer(`author of ${book.title}`);
  }

  @UseGuards(Guard)
  @Retryable()
  @Mutation(() => Int)
  async order(@Args('title') _title: string, @Attempt() attempt?: AttemptContext): Promise<number> {
    return this.upstream.answer(attempt?.attempt ?? 0);
  }

  @Query(() => String)
  @Retryable()
  async broken(): Promise<string> {
    throw new CircuitOpenException({ circuit: 'inside', retryAfter: 1500 });
  }
}

let app: INestApplication;
let url: string;
/** What an application's own `formatError` is given. */
const raised: GraphQLError[] = [];

beforeAll(async () => {
  const formatError: ApolloDriverConfig['formatError'] = (formatted, error) => {
    raised.push(error as GraphQLError);
    return formatted;
  };
  const graphql = { driver: ApolloDriver, autoSchemaFile: true, formatError };
  ({ app, url } = await listen(platforms[0][1], {
    imports: [GraphQLModule.forRoot<ApolloDriverConfig>(graphql)],
    providers: [BooksResolver, { provide: APP_FILTER, useClass: ResilienceExceptionFilter }],
  }));
});
beforeEach(() => void (Guard.admits = true));
afterAll(() => app.close());

async function ask(query: string) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ query }),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

describe('a decorated resolver behind Apollo', () => {
  it('is repeated in queries and in fields', async () => {
    const { body } = await ask('{ book(title: "Emma") { title author } }');
    expect(body).toEqual({ data: { book: { title: 'Emma', author: 'author of Emma' } } });
    expect(app.get(BooksResolver).upstream.calls).toBe(4);
  });

  it('is repeated in mutations, with its attempt, behind its guard', async () => {
    const order = 'mutation { order(title: "Emma") }';
    expect((await ask(order)).body).toEqual({ data: { order: 2 } });
    Guard.admits = false;
    const { calls } = app.get(BooksResolver).upstream;
    expect((await ask(order)).body).toMatchObject({ errors: [{ message: 'Forbidden resource' }] });
    expect(app.get(BooksResolver).upstream.calls).toBe(calls);
  });

  it('gives a GraphQL error with the code through the filter, and the answer a Retry-After', async () => {
    const { headers, body } = await ask('{ broken }');
    const extensions = { code: 'RESILIENCE_CIRCUIT_OPEN', retryAfter: 1500 };
    const error = { message: 'Service Unavailable', path: ['broken'], extensions };
    expect(body).toEqual({ data: null, errors: [expect.objectContaining(error)] });
    // the status is the driver's: Nest 12 answers 200 whatever a resolver says, as GraphQL over HTTP wants it
    expect(headers.get('retry-after')).toBe('2');
  });

  it('keeps the exception and its status for the application', async () => {
    await ask('{ broken }');
    const error = raised.at(-1);
    expect(error?.originalError?.cause).toBeInstanceOf(CircuitOpenException);
    expect(error?.extensions.http).toEqual({ status: 503, headers: new Map([['retry-after', '2']]) });
  });
});
