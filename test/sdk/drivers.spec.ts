import { afterAll } from '@jest/globals';
import { pgTable, text } from 'drizzle-orm/pg-core';
import { drizzle } from 'drizzle-orm/pg-proxy';
import knexLibrary from 'knex';
import type { Knex } from 'knex';
import mongoose from 'mongoose';
import { CircuitBreaker, Retryable } from 'nestjs-breakwater';
import { describeUntyped, execute } from '../support/untyped-service.js';
import type { Journal } from '../support/untyped-service.js';

const journal: Journal = { executed: 0, failures: 0 };
/** Three retries, and a circuit that opens with the fourth failure. */
const retried = { baseDelay: 0, maxRetries: 3 };
const broken = { name: 'upstream', failureThreshold: 4 };

const users = pgTable('users', { name: text('name') });
const viaDrizzle = drizzle(async () => {
  execute(journal);
  return { rows: [['ann']] };
});

class DrizzleUsers {
  @Retryable(retried)
  @CircuitBreaker(broken)
  list() {
    return viaDrizzle.select().from(users);
  }

  @Retryable(retried)
  @CircuitBreaker(broken)
  insert() {
    return viaDrizzle.insert(users).values({ name: 'ann' }).returning();
  }
}

class CountingClient extends knexLibrary.Client {}

/** What a dialect of knex has to do without a database: connect to nothing, and answer each statement. */
Object.assign(CountingClient.prototype, {
  dialect: 'counting',
  driverName: 'counting',
  _driver: () => ({}),
  acquireRawConnection: async () => ({}),
  destroyRawConnection: async () => undefined,
  _query: async (_connection: object, statement: object) => {
    execute(journal);
    return Object.assign(statement, { response: [{ name: 'ann' }] });
  },
  processResponse: ({ response }: { response: object }) => response,
});

const viaKnex = knexLibrary({ client: CountingClient as never, connection: {} });
afterAll(() => viaKnex.destroy());

/** A query of knex is a promise in all but its `instanceof`. */
const asPromise = (query: Knex.QueryBuilder) => query as unknown as Promise<object[]>;

class KnexUsers {
  @Retryable(retried)
  @CircuitBreaker(broken)
  list() {
    return asPromise(viaKnex('users').select('name'));
  }

  @Retryable(retried)
  @CircuitBreaker(broken)
  insert() {
    return asPromise(viaKnex('users').insert({ name: 'ann' }));
  }
}

const User = mongoose.model('User', new mongoose.Schema({ name: String }));
/** The collection of the driver, which has no server. */
const collection = User.collection as unknown as Record<string, unknown>;
const id = new mongoose.Types.ObjectId();
collection.findOne = async () => {
  execute(journal);
  return { _id: id, name: 'ann' };
};
collection.find = () => ({
  toArray: async () => {
    execute(journal);
    return [{ _id: id, name: 'ann' }];
  },
});

class MongooseUsers {
  @Retryable(retried)
  @CircuitBreaker(broken)
  list() {
    return User.find().lean() as unknown as Promise<object[]>;
  }

  @Retryable(retried)
  @CircuitBreaker(broken)
  first() {
    return User.findOne().lean() as unknown as Promise<object>;
  }
}

const examples = [
  { what: 'a select of drizzle', service: DrizzleUsers, method: 'list' },
  { what: 'an insert of drizzle', service: DrizzleUsers, method: 'insert' },
  { what: 'a select of knex', service: KnexUsers, method: 'list' },
  { what: 'an insert of knex', service: KnexUsers, method: 'insert' },
  { what: 'a query of mongoose, which can be iterated', service: MongooseUsers, method: 'list' },
  { what: 'a query of mongoose for one document', service: MongooseUsers, method: 'first' },
];

for (const example of examples) describeUntyped(example, journal);
