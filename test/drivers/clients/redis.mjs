import { createRequire } from 'node:module';
import { failure, NOBODY } from './support.mjs';

const require = createRequire(import.meta.url);
const LOCAL = { host: '127.0.0.1', port: 6379 };

/** Replies that Redis gives only in trouble; a script gives them in its place. */
const REPLIES = {
  LOADING: 'Redis is loading the dataset in memory',
  READONLY: "You can't write against a read only replica.",
  CLUSTERDOWN: 'The cluster is down',
  MASTERDOWN: 'Link with MASTER is down',
  TRYAGAIN: 'Multiple keys request during rehashing of slot',
  NOREPLICAS: 'Not enough good replicas to write.',
  BUSY: 'Redis is busy running a script.',
  OOM: "command not allowed when used memory > 'maxmemory'.",
  MISCONF: 'Redis is configured to save RDB snapshots',
  MOVED: '3999 127.0.0.1:6381',
  ASK: '3999 127.0.0.1:6381',
  UNBLOCKED: 'client unblocked via CLIENT UNBLOCK',
  NOAUTH: 'Authentication required.',
  WRONGPASS: 'invalid username-password pair or user is disabled.',
  NOPERM: "this user has no permissions to run the 'get' command",
  CROSSSLOT: "Keys in request don't hash to the same slot",
  ERR: 'max number of clients reached',
};

async function replies(row, command) {
  await command('DEL', 'driver:list', 'driver:group');
  await command('LPUSH', 'driver:list', 'x');
  await command('XGROUP', 'CREATE', 'driver:group', 'g', '$', 'MKSTREAM');
  row('an operation on another type', await failure(() => command('GET', 'driver:list')));
  row('an unknown command', await failure(() => command('DRIVER')));
  row('a number that is none', await failure(() => command('EXPIRE', 'driver:list', 'soon')));
  row('an unknown script', await failure(() => command('EVALSHA', 'f'.repeat(40), '0')));
  row('a group that exists', await failure(() => command('XGROUP', 'CREATE', 'driver:group', 'g', '$')));
  row('a wrong password', await failure(() => command('AUTH', 'driver', 'wrong')));
  for (const [word, text] of Object.entries(REPLIES))
    row(
      `the reply ${word}`,
      await failure(() => command('EVAL', 'return redis.error_reply(ARGV[1])', '0', `${word} ${text}`)),
    );
}

export const ioredis = {
  needs: 'REDIS',
  async errors(row) {
    const { Redis, Cluster } = require('ioredis');
    const at = (more) => {
      const client = new Redis({ ...LOCAL, lazyConnect: true, ...more });
      client.on('error', () => {});
      return client;
    };
    const client = at();
    await client.connect();
    await replies(row, (...all) => client.call(...all));
    row(
      'a transaction that was discarded',
      await failure(() => client.multi().set('driver:x', 1).call('DRIVER').exec()),
    );
    const blocked = failure(() => client.blpop('driver:nothing', 0));
    await client
      .duplicate()
      .client('LIST')
      .catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 50));
    client.disconnect();
    row('a connection that closed', await blocked);
    row('a client that was closed', await failure(() => client.get('x')));
    const slow = at({ commandTimeout: 30 });
    row('no answer in time', await failure(() => slow.blpop('driver:nothing', 0)));
    slow.disconnect();
    const down = at({ port: NOBODY, maxRetriesPerRequest: 0, retryStrategy: () => 5 });
    row('no connection after its retries', await failure(() => down.get('x')));
    down.disconnect();
    const once = at({ port: NOBODY, retryStrategy: () => null });
    row('nobody at the port', await failure(() => once.connect()));
    const eager = at({ enableOfflineQueue: false, port: NOBODY, lazyConnect: false });
    row('no connection yet', await failure(() => eager.get('x')));
    eager.disconnect();
    const cluster = new Cluster([{ ...LOCAL, port: NOBODY }], {
      clusterRetryStrategy: () => null,
      lazyConnect: true,
    });
    cluster.on('error', () => {});
    row('no node of a cluster', await failure(() => cluster.get('x')));
    const { AbortError } = require('redis-errors');
    row('a command that was aborted', new AbortError('Command aborted due to connection close'));
  },
};

export const nodeRedis = {
  needs: 'REDIS',
  async errors(row) {
    const package_ = await import('redis');
    const at = (more) =>
      package_.createClient({ socket: { ...LOCAL, ...more?.socket }, ...more?.client }).on('error', () => {});
    const client = await at().connect();
    await replies(row, (...all) => client.sendCommand(all));
    await client.watch('driver:watched');
    await client
      .duplicate()
      .connect()
      .then(async (other) => {
        await other.set('driver:watched', String(Math.random()));
        await other.close();
      });
    row('a watched key that has changed', await failure(() => client.multi().set('driver:x', '1').exec()));
    await client.set('driver:x', '1');
    row('commands of which one failed', await failure(() => client.multi().lPush('driver:x', '1').exec()));
    const controller = new AbortController();
    const aborted = failure(() => client.withAbortSignal(controller.signal).get('x'));
    controller.abort();
    row('a command that was aborted', await aborted);
    const pending = failure(() => client.blPop('driver:nothing', 0));
    await new Promise((resolve) => setTimeout(resolve, 50));
    client.destroy();
    row('a command of a client that is destroyed', await pending);
    row('a client that was closed', await failure(() => client.get('x')));
    row(
      'nobody at the port',
      await failure(() => at({ socket: { port: NOBODY, reconnectStrategy: false } }).connect()),
    );
    const offline = at({
      socket: { port: NOBODY, reconnectStrategy: () => 1000 },
      client: { disableOfflineQueue: true },
    });
    offline.connect().catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 50));
    row('no connection yet', await failure(() => offline.get('x')));
    offline.destroy();
    for (const name of [
      'SocketClosedUnexpectedlyError',
      'ConnectionTimeoutError',
      'RootNodesUnavailableError',
      'TimeoutError',
    ])
      row(name, new package_[name]('x'));
    row('SocketTimeoutError', new package_.SocketTimeoutError(100));
  },
};

export const bullmq = {
  async errors(row) {
    const package_ = await import('bullmq');
    for (const name of [
      'UnrecoverableError',
      'DelayedError',
      'RateLimitError',
      'WaitingChildrenError',
      'WaitingError',
    ])
      row(name, new package_[name]());
  },
};
