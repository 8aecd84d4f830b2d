import { createRequire } from 'node:module';
import { failure, NOBODY } from './support.mjs';

const require = createRequire(import.meta.url);
const CODES = {
  2: 'BadValue',
  6: 'HostUnreachable',
  9: 'FailedToParse',
  13: 'Unauthorized',
  14: 'TypeMismatch',
  18: 'AuthenticationFailed',
  26: 'NamespaceNotFound',
  50: 'MaxTimeMSExpired',
  59: 'CommandNotFound',
  66: 'ImmutableField',
  91: 'ShutdownInProgress',
  112: 'WriteConflict',
  121: 'DocumentValidationFailure',
  8: 'UnknownError',
  10107: 'NotWritablePrimary',
  11000: 'DuplicateKey',
};

export const mongodb = {
  async errors(row) {
    const package_ = require('mongodb');
    const says = (code, more = {}) =>
      new package_.MongoServerError({
        message: 'x',
        errmsg: 'x',
        code,
        codeName: CODES[code],
        ok: 0,
        ...more,
      });
    for (const [code, name] of Object.entries(CODES)) row(name, says(Number(code)));
    row('a lost race with its label', says(112, { errorLabels: ['TransientTransactionError'] }));
    row('a label alone', says(251, { errorLabels: ['TransientTransactionError'] }));
    const bulk = { insertedCount: 0, getWriteErrors: () => [] };
    row(
      'a bulk write',
      new package_.MongoBulkWriteError(
        { message: 'E11000 duplicate key', code: 11000, writeErrors: [] },
        bulk,
      ),
    );
    row(
      'no server',
      await failure(() =>
        new package_.MongoClient(`mongodb://127.0.0.1:${NOBODY}`, { serverSelectionTimeoutMS: 50 }).connect(),
      ),
    );
    row('a malformed address', await failure(() => new package_.MongoClient('mongo:')));
    row(
      'a client that was not connected',
      await failure(async () => {
        const client = new package_.MongoClient(`mongodb://127.0.0.1:${NOBODY}`, {
          serverSelectionTimeoutMS: 50,
        });
        await client.close();
        await client.db('x').command({ ping: 1 });
      }),
    );
    for (const name of [
      'MongoInvalidArgumentError',
      'MongoNetworkError',
      'MongoNetworkTimeoutError',
      'MongoAPIError',
      'MongoCompatibilityError',
      'MongoMissingCredentialsError',
      'MongoTransactionError',
      'MongoCursorExhaustedError',
      'MongoExpiredSessionError',
      'MongoOperationTimeoutError',
      'MongoRuntimeError',
    ])
      row(name, new package_[name]('x'));
  },
};

export const mongoose = {
  async errors(row) {
    const { default: driver } = await import('mongoose');
    const schema = new driver.Schema(
      { age: { type: Number, min: 0 }, name: { type: String, required: true } },
      { strict: 'throw' },
    );
    const Person = driver.model('Person', schema);
    row(
      'no server',
      await failure(() =>
        driver
          .createConnection(`mongodb://127.0.0.1:${NOBODY}`, { serverSelectionTimeoutMS: 50 })
          .asPromise(),
      ),
    );
    driver.set('bufferTimeoutMS', 30);
    row('no connection in time', await failure(() => Person.findOne()));
    row('a value that does not fit', await failure(() => new Person({ age: -1 }).validate()));
    row('a malformed id', await failure(() => Person.findById('abc')));
    row('a property that is not in the schema', await failure(() => new Person({ size: 1 })));
    row('an unknown model', await failure(() => driver.model('Nothing')));
    row(
      'a document that has changed',
      new driver.Error.VersionError(new Person({ age: 1, name: 'x' }), 1, ['age']),
    );
    row('no such document', new driver.Error.DocumentNotFoundError({}, 'Person'));
  },
};

export const prisma = {
  async errors(row) {
    const runtime = require('@prisma/client/runtime/client');
    const known = (code, meta) =>
      new runtime.PrismaClientKnownRequestError('x', { code, clientVersion: '7', ...(meta && { meta }) });
    for (const code of [
      'P1001',
      'P1002',
      'P1008',
      'P1017',
      'P2024',
      'P2028',
      'P2037',
      'P2034',
      'P1000',
      'P1003',
      'P2002',
      'P2003',
      'P2023',
      'P2025',
    ])
      row(code, known(code));
    for (const code of ['P1000', 'P1001'])
      row(`${code} at the start`, new runtime.PrismaClientInitializationError('x', '7', code));
    row('a failed raw query', known('P2010', { code: '23505', message: 'duplicate key value' }));
    row(
      'a failed raw query of an adapter',
      known('P2010', {
        driverAdapterError: Object.assign(new Error('x'), {
          name: 'DriverAdapterError',
          cause: {
            kind: 'postgres',
            originalCode: '40001',
            originalMessage: 'could not serialize access',
            code: '40001',
            severity: 'ERROR',
          },
        }),
      }),
    );
    row('a failed raw query of MySQL', known('P2010', { code: '1062', message: 'Duplicate entry' }));
    row(
      'a failed raw query above its timeout',
      known('P2010', { code: '57014', message: 'canceling statement due to statement timeout' }),
    );
    row('a failed raw query without a code', known('P2010', { message: 'x' }));
    row('a query that cannot work', new runtime.PrismaClientValidationError('x', { clientVersion: '7' }));
    row('an unknown request error', new runtime.PrismaClientUnknownRequestError('x', { clientVersion: '7' }));
    row('a panic', new runtime.PrismaClientRustPanicError('x', '7'));
  },
};

export const sqlite = {
  async errors(row) {
    const SqliteError = require('better-sqlite3/lib/sqlite-error.js');
    for (const code of [
      'SQLITE_BUSY',
      'SQLITE_BUSY_SNAPSHOT',
      'SQLITE_LOCKED',
      'SQLITE_CONSTRAINT_UNIQUE',
      'SQLITE_ERROR',
      'SQLITE_READONLY',
      'SQLITE_MISUSE',
      'SQLITE_CORRUPT',
    ])
      row(code, new SqliteError('x', code));
  },
};
