import type { FailureDomain } from '../failure-domain.js';
import type { Look } from '../look.js';

const SQLSTATE = /^[0-9A-Z]{5}$/;
/** Classes, and codes within them, that have a line of their own. */
const WHOLE_CODES = /^(57P0[1235]|57014|55006|55P03|25P02|0A000)$/;

/** The SQLSTATE of an error that bears the marks of a database's client. */
function sqlState(look: Look): string | undefined {
  const state = look.get('sqlState');
  if (typeof state === 'string' && SQLSTATE.test(state)) return keyOf(look, state);
  const { code } = look;
  if (typeof code !== 'string' || !SQLSTATE.test(code)) return undefined;
  const isMarked = typeof look.get('severity') === 'string' || (look.has('details') && look.has('hint'));
  return isMarked ? keyOf(look, code) : undefined;
}

function keyOf({ message }: Look, state: string): string {
  if (state === '57014') return message.includes('statement timeout') ? state : '57014_by_hand';
  if (state === '0A000') return message.includes('cached plan must not change') ? state : '0A';
  return WHOLE_CODES.test(state) ? state : state.slice(0, 2);
}

export const sql: FailureDomain = {
  id: 'sql',
  title: 'SQLSTATE: PostgreSQL, and what wraps its errors',
  source: 'PostgreSQL documentation, appendix A; ISO/IEC 9075',
  sets: [
    {
      tier: 'client',
      needs: ['sqlState', 'severity', 'details'],
      by: sqlState,
      shown: (look) => look.get('sqlState') ?? look.code,
      lines: [
        ['T', '08', 'the connection failed'],
        ['T', '53', 'the server is short of memory, disk or connections'],
        ['T', '57P01 57P02 57P03 57P05', 'the server shuts down, starts up, or has ended an idle session'],
        ['T', '57014', 'the statement timeout of the server'],
        ['U', '57014_by_hand', 'a statement that was cancelled, by a limit or by hand'],
        ['T', '55006', 'the object is in use'],
        ['T', '58', 'an error of the system under the server'],
        ['T', '0A000', 'a cached plan that no longer fits is made anew'],
        ['TI', '40', 'a serialization failure or a deadlock: this transaction has lost a race'],
        ['TI', '55P03', 'a lock that was not to be had'],
        ['PS', '0A 21 22 23 28 2F 3D 3F 42 44 P0', 'the server has judged this statement'],
        ['PS', '54', 'a value or a statement that is larger than the server allows'],
        ['PI', '25P02', 'the transaction failed before: every further statement does'],
      ],
    },
    {
      tier: 'code',
      by: 'code',
      lines: [
        ['TI', '40001 40P01 55P03', 'a serialization failure, a deadlock, or a lock that was not to be had'],
        ['T', '57P01 57P02 57P03 57P05', 'the server shuts down, starts up, or has ended an idle session'],
        ['T', 'CONNECTION_CLOSED', 'postgres.js: the connection closed'],
        ['PI', 'CONNECTION_ENDED CONNECTION_DESTROYED', 'postgres.js: the client was closed'],
      ],
    },
    {
      tier: 'code',
      on: 'text code',
      by: ({ code }) =>
        /^(08|53)[0-9A-Z]{3}$/.test(code as string) ? (code as string).slice(0, 2) : undefined,
      shown: ({ code }) => code,
      lines: [
        ['T', '08', 'the connection failed'],
        ['T', '53', 'the server is short of memory, disk or connections'],
      ],
    },
    {
      tier: 'client',
      by: 'message',
      lines: [
        ['T', 'Connection_terminated_unexpectedly', 'pg: the connection ended'],
        ['T', 'Connection_terminated_due_to_connection_timeout', 'pg: no connection in time'],
        ['T', 'timeout_expired', 'pg: no connection in time'],
        ['T', 'timeout_exceeded_when_trying_to_connect', 'pg-pool: no connection of the pool in time'],
        ['T', 'Query_read_timeout', 'pg: no answer in time'],
        ['PI', 'Cannot_use_a_pool_after_calling_end_on_the_pool', 'pg-pool: the pool was closed'],
        ['PI', 'Client_was_closed_and_is_not_queryable', 'pg: the client was closed'],
      ],
    },
  ],
};
