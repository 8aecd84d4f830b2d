import type { FailureDomain } from '../failure-domain.js';

export const mysql: FailureDomain = {
  id: 'mysql',
  title: 'MySQL and MariaDB',
  source: 'MySQL 8.4 error message reference; MariaDB error codes',
  sets: [
    {
      tier: 'client',
      needs: ['errno'],
      by: (look) => {
        const errno = look.get('errno');
        return typeof errno === 'number' ? errno : undefined;
      },
      lines: [
        ['T', '2006 2013 1927 4031', 'the connection was lost'],
        ['T', '1040 1203 1226', 'the server has too many connections, or this user has'],
        ['T', '1053 1079', 'the server shuts down'],
        ['T', '1290 1836', 'the server is read only: a fail-over is under way'],
        ['T', '1969 3024', 'the statement took longer than the server allows'],
        ['TI', '1205 1213 3572', 'a lock wait or a deadlock: this transaction has lost a race'],
        ['PS', '1045 1698', 'the server refuses this user'],
        ['PS', '1644', 'a procedure has refused this statement'],
        ['PS', '1048 1049 1054 1062 1064 1146 1366 1406 1451 1452', 'the server has judged this statement'],
        ['PS', '1265 1364 1411 1525 3819', 'the server refuses this value'],
      ],
    },
    {
      tier: 'client',
      by: 'code',
      lines: [
        ['T', 'PROTOCOL_CONNECTION_LOST CR_SERVER_GONE_ERROR CR_SERVER_LOST', 'the connection was lost'],
        ['T', 'ER_CON_COUNT_ERROR ER_TOO_MANY_USER_CONNECTIONS', 'the server has too many connections'],
        ['T', 'ER_SERVER_SHUTDOWN', 'the server shuts down'],
        ['T', 'ER_OPTION_PREVENTS_STATEMENT ER_READ_ONLY_MODE', 'the server is read only'],
        ['T', 'ER_STATEMENT_TIMEOUT ER_QUERY_TIMEOUT', 'the statement took longer than the server allows'],
        ['T', 'ER_GET_CONNECTION_TIMEOUT', 'mariadb: no connection of the pool in time'],
        ['TI', 'ER_LOCK_DEADLOCK ER_LOCK_WAIT_TIMEOUT ER_LOCK_NOWAIT', 'this transaction has lost a race'],
        ['PS', 'ER_ACCESS_DENIED_ERROR', 'the server refuses this user'],
        [
          'PS',
          'ER_BAD_NULL_ERROR ER_BAD_DB_ERROR ER_BAD_FIELD_ERROR ER_DUP_ENTRY ER_PARSE_ERROR ER_NO_SUCH_TABLE ' +
            'ER_TRUNCATED_WRONG_VALUE_FOR_FIELD ER_DATA_TOO_LONG ER_ROW_IS_REFERENCED_2 ER_NO_REFERENCED_ROW_2',
          'the server has judged this statement',
        ],
        ['PI', 'ER_POOL_ALREADY_CLOSED ER_CLOSING_POOL', 'mariadb: the pool was closed'],
      ],
    },
    {
      tier: 'client',
      by: 'message',
      lines: [
        ['T', 'MySQL_server_has_gone_away', 'the connection was lost'],
        ['TI', 'No_connections_available. Queue_limit_reached.', 'mysql2: the pool is used up'],
        ['PI', 'Pool_is_closed.', 'mysql2: the pool was closed'],
      ],
    },
  ],
};
