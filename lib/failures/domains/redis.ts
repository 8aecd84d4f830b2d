import type { FailureDomain } from '../failure-domain.js';
import type { Look } from '../look.js';

/** Classes of error replies: ioredis, and node-redis, whose errors are called after their class only. */
const REPLIES: ReadonlySet<string> = new Set(['ReplyError', 'ErrorReply']);
/** Classes of node-redis whose names are too common to be told by. */
const LIKE_REPLIES: ReadonlySet<string> = new Set(['SimpleError', 'BlobError']);
const FIRST_WORD = /^([A-Z][A-Z0-9]*)( |$)/;

function firstWord(look: Look): string | undefined {
  const { name, message } = look;
  const isReply = REPLIES.has(name);
  if ((!isReply && !LIKE_REPLIES.has(name)) || isDiscarded(look)) return undefined;
  if (message.startsWith('ERR max number of clients')) return 'ERR_max_number_of_clients';
  return FIRST_WORD.exec(message)?.[1] ?? (isReply ? 'reply' : undefined);
}

const hasPrevious = (errors: unknown) => Array.isArray(errors) && errors.length > 0;

/** True for a MULTI of ioredis that was not executed because of the replies to its commands. */
export function isDiscarded(look: Look): boolean {
  return look.name === 'ReplyError' && hasPrevious(look.get('previousErrors'));
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
      tier: 'name',
      by: 'name',
      yields: true,
      lines: [
        [
          'T',
          'MaxRetriesPerRequestError ClusterAllFailedError SocketClosedUnexpectedlyError ConnectionTimeoutError ' +
            'ClientOfflineError ReconnectStrategyError SocketTimeoutError RootNodesUnavailableError ' +
            'SocketTimeoutDuringMaintenanceError CommandTimeoutDuringMaintenanceError',
          'no connection to the server',
        ],
      ],
    },
    {
      tier: 'name',
      by: 'name',
      lines: [
        ['TI', 'WatchError', 'a watched key has changed: this transaction has lost a race'],
        ['PI', 'ClientClosedError DisconnectsClientError', 'node-redis: the client was closed'],
      ],
    },
    {
      tier: 'client',
      by: 'message',
      lines: [
        ['T', 'None_of_startup_nodes_is_available', 'ioredis: no node of the cluster'],
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
