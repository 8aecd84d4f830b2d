import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UseGuards } from '@nestjs/common';
import type { CanActivate, INestApplication } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import {
  AbstractGraphQLDriver,
  Args,
  Field,
  GraphQLModule,
  GraphQLSchemaHost,
  Int,
  Mutation,
  ObjectType,
  Parent,
  Query,
  ResolveField,
  Resolver,
} from '@nestjs/graphql';
import { graphql } from 'graphql';
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

const rules = { admits: true };

class Guard implements CanActivate {
  canActivate(): boolean {
    return rules.admits;
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

/** The smallest driver: it builds the schema, and the test runs it. */
class SchemaOnly extends AbstractGraphQLDriver {
  async start(): Promise<void> {}
  async stop(): Promise<void> {}
}

let app: INestApplication;

beforeAll(async () => {
  ({ app } = await listen(platforms[0][1], {
    imports: [GraphQLModule.forRoot({ driver: SchemaOnly, autoSchemaFile: true })],
    providers: [BooksResolver, { provide: APP_FILTER, useClass: ResilienceExceptionFilter }],
  }));
});
afterAll(() => app.close());

async function ask(source: string) {
  const { data, errors } = await graphql({
    schema: app.get(GraphQLSchemaHost).schema,
    source,
    contextValue: {},
  });
  return { data: JSON.parse(JSON.stringify(data ?? null)) as unknown, errors };
}

describe('a decorated resolver', () => {
  it('is repeated in queries and in fields', async () => {
    const { data } = await ask('{ book(title: "Emma") { title author } }');
    expect(data).toEqual({ book: { title: 'Emma', author: 'author of Emma' } });
    expect(app.get(BooksResolver).upstream.calls).toBe(4);
  });

  it('is repeated in mutations, with its attempt, behind its guard', async () => {
    expect(await ask('mutation { order(title: "Emma") }')).toEqual({ data: { order: 2 }, errors: undefined });
    rules.admits = false;
    expect((await ask('mutation { order(title: "Emma") }')).errors?.[0]?.message).toBe('Forbidden resource');
  });

  it('gives a GraphQL error with the code and the HTTP status through the filter', async () => {
    const { data, errors } = await ask('{ broken }');
    expect(data).toBeNull();
    expect(errors?.[0]?.toJSON()).toMatchObject({ message: 'Service Unavailable', path: ['broken'] });
    expect(errors?.[0]?.extensions).toEqual({
      code: 'RESILIENCE_CIRCUIT_OPEN',
      http: { status: 503, headers: new Map([['retry-after', '2']]) },
      retryAfter: 1500,
    });
    expect(errors?.[0]?.originalError?.cause).toBeInstanceOf(CircuitOpenException);
  });
});
