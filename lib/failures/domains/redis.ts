import type { FailureDomain } from '../failure-domain.js';
import type { Look } from '../look.js';

/** Classes of error replies: ioredis, and node-redis, whose errors are called after their class only. */
const REPLIES = new Set(['ReplyError', 'ErrorReply', 'SimpleError', 'BlobError']);
const FIRST_WORD = /^([A-Z][A-Z0-9]*)( |$)/;

function firstWord({ name, message }: Look): string | undefined {
  if (!REPLIES.has(name)) return undefined;
  if (message.startsWith('ERR max number of clients')) return 'ERR_max_number_of_clients';
  return FIRST_WORD.exec(message)?.[1];
}

export const redis: FailureDomain = {
  id: 'redis',
  title: 'Redis: ioredis, node-redis',
  source: 'Redis protocol specification; errors of Redis Cluster and Sentinel',
  sets: [
    {
      tier: 'client',
      by: firstWord,
      lines: [
        ['T', 'LOADING BUSY', 'the server is starting, or runs a script'],
        ['T', 'READONLY MASTERDOWN NOREPLICAS', 'a fail-over is under way'],
        ['T', 'CLUSTERDOWN TRYAGAIN MOVED ASK', 'the cluster is down, or moves its keys'],
        ['T', 'OOM MISCONF ERR_max_number_of_clients', 'the server is short of memory, disk or connections'],
        ['T', 'UNBLOCKED', 'the server has ended a blocking command'],
      ],
      otherwise: ['PS', 'the server has judged this command'],
    },
    {
      tier: 'client',
      by: 'name',
      yields: true,
      lines: [
        [
          'T',
          'MaxRetriesPerRequestError ClusterAllFailedError SocketClosedUnexpectedlyError ConnectionTimeoutError ' +
            'ClientOfflineError DisconnectsClientError ReconnectStrategyError SocketTimeoutError RootNodesUnavailableError ' +
            'SocketTimeoutDuringMaintenanceError CommandTimeoutDuringMaintenanceError',
          'no connection to the server',
        ],
      ],
    },
    {
      tier: 'client',
      by: 'name',
      lines: [
        ['TI', 'WatchError', 'a watched key has changed: this transaction has lost a race'],
        ['PI', 'ClientClosedError', 'node-redis: the client was closed'],
      ],
    },
    {
      tier: 'client',
      by: 'message',
      lines: [
        ['T', 'Command_timed_out', 'ioredis: no answer in time'],
        ['T', 'Command_aborted_due_to_connection_close', 'ioredis: the connection closed'],
        ['T', 'Connection_is_closed.', 'ioredis: the connection closed'],
        [
          'T',
          "Stream_isn't_writeable_and_enableOfflineQueue_options_is_false",
          'ioredis: there is no connection yet',
        ],
      ],
    },
  ],
};
