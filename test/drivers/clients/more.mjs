import { createRequire } from 'node:module';
import { failure, httpServer, NOBODY, tcpServer } from './support.mjs';

const require = createRequire(import.meta.url);

export const tedious = {
  async errors(row) {
    const { RequestError, ConnectionError } = require('tedious');
    for (const number of [
      40197, 40501, 40613, 10928, 49918, 1205, 1222, 2627, 2601, 547, 515, 245, 207, 208, 102, 229, 50000,
    ]) {
      const error = Object.assign(new RequestError('x', 'EREQUEST'), {
        number,
        state: 1,
        class: 14,
        serverName: 'x',
        procName: '',
        lineNumber: 1,
      });
      row(`error ${number}`, error);
    }
    for (const code of ['ESOCKET', 'ETIMEOUT', 'ELOGIN']) row(code, new ConnectionError('x', code));
    const mssql = require('mssql');
    row(
      'nobody at the port',
      await failure(() =>
        mssql.connect({
          server: '127.0.0.1',
          port: NOBODY,
          user: 'x',
          password: 'x',
          options: { trustServerCertificate: true },
        }),
      ),
    );
    row(
      'an error that mssql wraps',
      new mssql.RequestError(
        Object.assign(new RequestError('x', 'EREQUEST'), {
          number: 2627,
          state: 1,
          class: 14,
          lineNumber: 1,
        }),
        'EREQUEST',
      ),
    );
  },
};

export const oracledb = {
  async errors(row) {
    const driver = require('oracledb');
    row(
      'nobody at the port',
      await failure(() =>
        driver.getConnection({
          user: 'x',
          password: 'x',
          connectString: `(DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=127.0.0.1)(PORT=${NOBODY}))(CONNECT_DATA=(SERVICE_NAME=x)))`,
        }),
      ),
    );
    const says = (errorNum, isRecoverable = false) =>
      Object.assign(new Error(`ORA-${String(errorNum).padStart(5, '0')}: x`), {
        offset: 0,
        errorNum,
        code: `ORA-${String(errorNum).padStart(5, '0')}`,
        isRecoverable,
      });
    for (const number of [3113, 3114, 12541, 12170, 60, 54, 8177, 1, 1400, 942, 1722, 2291, 2292, 600])
      row(`ORA-${number}`, says(number));
    row('a session that can be made anew', says(28, true));
  },
};

export const cassandra = {
  async errors(row) {
    const { errors, types, Client } = require('cassandra-driver');
    for (const name of [
      'unavailableException',
      'overloaded',
      'isBootstrapping',
      'writeTimeout',
      'readTimeout',
      'syntaxError',
      'invalid',
      'alreadyExists',
      'unauthorized',
      'serverError',
    ])
      row(name, new errors.ResponseError(types.responseErrorCodes[name], 'x'));
    const client = new Client({ contactPoints: [`127.0.0.1:${NOBODY}`], localDataCenter: 'x' });
    row('nobody at the port', await failure(() => client.connect()));
    await client.shutdown();
    row('no answer in time', new errors.OperationTimedOutError('x', 'host'));
    row('connections that are busy', new errors.BusyConnectionError('host', 1, 1));
  },
};

export const neo4j = {
  async errors(row) {
    const { default: driver } = await import('neo4j-driver');
    const { newError } = require('neo4j-driver-core');
    for (const code of [
      'Neo.TransientError.Transaction.DeadlockDetected',
      'Neo.ClientError.Schema.ConstraintValidationFailed',
      'Neo.ClientError.Statement.SyntaxError',
      'Neo.DatabaseError.General.UnknownError',
      'ServiceUnavailable',
      'SessionExpired',
    ])
      row(code, newError('x', code));
    const down = driver.driver(`bolt://127.0.0.1:${NOBODY}`, driver.auth.none(), {
      connectionAcquisitionTimeout: 500,
      maxTransactionRetryTime: 1,
    });
    row('nobody at the port', await failure(() => down.session().run('return 1')));
    await down.close();
  },
};

export const clickhouse = {
  async errors(row) {
    const { createClient } = require('@clickhouse/client');
    let answer = '';
    const server = await httpServer((_request, response) => response.writeHead(400, {}).end(answer));
    const client = createClient({ url: server.url, log: { level: 127 } });
    for (const [code, type] of Object.entries({
      159: 'TIMEOUT_EXCEEDED',
      202: 'TOO_MANY_SIMULTANEOUS_QUERIES',
      209: 'SOCKET_TIMEOUT',
      210: 'NETWORK_ERROR',
      62: 'SYNTAX_ERROR',
      60: 'UNKNOWN_TABLE',
      47: 'UNKNOWN_IDENTIFIER',
      516: 'AUTHENTICATION_FAILED',
      1002: 'UNKNOWN_EXCEPTION',
    })) {
      answer = `Code: ${code}. DB::Exception: no such thing. (${type}) (version 25.1.1.1 (official build))`;
      row(type, await failure(() => client.query({ query: 'select 1' })));
    }
    await client.close();
    await server.close();
    const down = createClient({ url: `http://127.0.0.1:${NOBODY}`, log: { level: 127 } });
    row('nobody at the port', await failure(() => down.query({ query: 'select 1' })));
    await down.close();
  },
};

export const nodemailer = {
  async errors(row) {
    const driver = require('nodemailer');
    const send = (port, more) =>
      failure(() =>
        driver
          .createTransport({ host: '127.0.0.1', port, secure: false, ignoreTLS: true, ...more })
          .sendMail({ from: 'a@b.c', to: 'd@e.f', text: 'x' }),
      );
    for (const [reply, what] of Object.entries({
      '421 come back': 'a server that is busy',
      '450 greylisted': 'a mailbox that is busy',
      '550 no such user': 'an unknown mailbox',
      '552 too large': 'a mailbox that is full',
    })) {
      const server = await tcpServer((socket) => {
        socket.write('220 ready\r\n');
        socket.on('data', (bytes) => {
          const line = bytes.toString();
          if (line.startsWith('RCPT')) return socket.write(`${reply}\r\n`);
          socket.write('250 ok\r\n');
        });
      });
      row(what, await send(server.port));
      await server.close();
    }
    const strict = await tcpServer((socket) => {
      socket.write('220 ready\r\n');
      socket.on('data', (bytes) =>
        socket.write(
          bytes.toString().startsWith('EHLO') ? '250-x\r\n250 AUTH PLAIN\r\n' : '535 wrong password\r\n',
        ),
      );
    });
    row('a wrong password', await send(strict.port, { auth: { user: 'x', pass: 'x' } }));
    await strict.close();
    row('nobody at the port', await send(NOBODY));
  },
};

export const ldapts = {
  async errors(row) {
    const package_ = require('ldapts');
    for (const name of [
      'BusyError',
      'UnavailableError',
      'NoSuchObjectError',
      'InvalidCredentialsError',
      'AlreadyExistsError',
      'OperationsError',
    ])
      row(name, new package_[name]('x'));
    row(
      'nobody at the port',
      await failure(() => new package_.Client({ url: `ldap://127.0.0.1:${NOBODY}` }).bind('x', 'y')),
    );
  },
};

export const connect = {
  async errors(row) {
    const { Code, ConnectError } = require('@connectrpc/connect');
    for (const name of [
      'Unavailable',
      'DeadlineExceeded',
      'ResourceExhausted',
      'Aborted',
      'NotFound',
      'InvalidArgument',
      'Unauthenticated',
      'Internal',
      'Unknown',
    ])
      row(name, new ConnectError('x', Code[name]));
  },
};

export const trpc = {
  async errors(row) {
    const { TRPCError } = require('@trpc/server');
    for (const code of [
      'NOT_FOUND',
      'BAD_REQUEST',
      'UNAUTHORIZED',
      'CONFLICT',
      'TOO_MANY_REQUESTS',
      'SERVICE_UNAVAILABLE',
      'TIMEOUT',
      'INTERNAL_SERVER_ERROR',
    ])
      row(code, new TRPCError({ code }));
  },
};
