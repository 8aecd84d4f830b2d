import type { FailureDomain } from '../failure-domain.js';
import type { Look } from '../look.js';
import type { Property } from '../properties.js';

const numberOf = (look: Look, key: Property) => {
  const value = look.get(key);
  return typeof value === 'number' ? value : undefined;
};

const MSSQL_MARKS = ['lineNumber', 'serverName', 'procName', 'class', 'state'] as const;

/** Errors of others have a property of this name as well. */
function mssqlNumber(look: Look): number | undefined {
  const isMarked = MSSQL_MARKS.some((mark) => look.has(mark)) || /^E[A-Z]+$/.test(String(look.code));
  return isMarked ? numberOf(look, 'number') : undefined;
}

export const mssql: FailureDomain = {
  id: 'mssql',
  title: 'SQL Server: mssql, tedious',
  source: 'SQL Server database engine errors; Azure SQL transient errors',
  sets: [
    {
      tier: 'client',
      needs: ['number'],
      by: mssqlNumber,
      lines: [
        [
          'T',
          '40197 40501 40613 49918 49919 49920',
          'Azure moves or restarts the database, or has enough to do',
        ],
        ['T', '10928 10929', 'the server is short of workers'],
        ['TI', '1205 1222 3960', 'a deadlock, a lock wait or a newer row: this transaction has lost a race'],
        ['PS', '102 207 208 229 245 515 547 2601 2627', 'the server has judged this statement'],
        ['PS', '220 232 241 242 2628 8114 8115 8134 8152 8169', 'the server refuses this value'],
        ['PS', '18456', 'the server refuses this user'],
      ],
    },
    {
      tier: 'code',
      by: 'code',
      lines: [['PS', 'ELOGIN', 'the server refuses this user']],
    },
  ],
};

export const oracle: FailureDomain = {
  id: 'oracle',
  title: 'Oracle: oracledb',
  source: 'Oracle database error messages',
  sets: [
    {
      tier: 'client',
      needs: ['isRecoverable', 'errorNum'],
      by: (look) => (look.get('isRecoverable') === true ? 'isRecoverable' : numberOf(look, 'errorNum')),
      lines: [
        ['T', 'isRecoverable', 'the driver says that the session may be made anew'],
        ['T', '3113 3114 12541 12170', 'the connection failed'],
        ['T', '1033 1034 1089 1090 12514 12528', 'the database starts up or shuts down'],
        [
          'TI',
          '54 60 8177',
          'a lock, a deadlock or a serialization failure: this transaction has lost a race',
        ],
        ['PS', '1 904 942 1400 1407 1722 2290 2291 2292', 'the server has judged this statement'],
        ['PS', '1438 1476 1830 1840 1843 1847 1858 1861 12899', 'the server refuses this value'],
        ['PS', '1017', 'the server refuses this user'],
      ],
    },
    {
      tier: 'client',
      by: 'code',
      lines: [
        ['T', 'NJS-500 NJS-503 NJS-510 NJS-511 NJS-521', 'the connection failed'],
        ['T', 'NJS-040', 'no connection of the pool in time'],
        ['TI', 'NJS-076', 'the pool is used up'],
        ['PI', 'NJS-064 NJS-065', 'the pool was closed'],
      ],
    },
  ],
};

export const cassandra: FailureDomain = {
  id: 'cassandra',
  title: 'Cassandra: cassandra-driver',
  source: 'CQL native protocol v4 §9',
  sets: [
    {
      tier: 'client',
      on: 'number code',
      by: ({ name, code }) => (name === 'ResponseError' ? (code as number) : undefined),
      lines: [
        ['T', '4096 4097 4098', 'nodes are unavailable, overloaded or starting'],
        ['T', '4352 4608', 'the nodes did not answer in time'],
        ['PS', '8192 8704 9216', 'the server has judged this statement'],
        ['PS', '256 8448', 'the server refuses this user'],
      ],
    },
    {
      tier: 'name',
      by: 'name',
      lines: [
        ['T', 'NoHostAvailableError', 'no node could be reached'],
        ['T', 'OperationTimedOutError', 'no answer in time'],
        ['T', 'BusyConnectionError', 'the connections have enough to do'],
      ],
    },
  ],
};

function neo4jKey({ code }: Look): string {
  const text = code as string;
  if (text.startsWith('Neo.TransientError.')) return 'TransientError';
  if (text.startsWith('Neo.ClientError.')) return 'ClientError';
  return text;
}

export const neo4j: FailureDomain = {
  id: 'neo4j',
  title: 'Neo4j',
  source: 'Neo4j status codes',
  sets: [
    {
      tier: 'client',
      on: 'text code',
      by: neo4jKey,
      shown: ({ code }) => code,
      lines: [
        ['T', 'TransientError ServiceUnavailable SessionExpired', 'the server says that it may be repeated'],
        ['PS', 'ClientError', 'the server has judged this statement'],
      ],
    },
  ],
};

export const clickhouse: FailureDomain = {
  id: 'clickhouse',
  title: 'ClickHouse',
  source: 'ClickHouse ErrorCodes.cpp',
  sets: [
    {
      tier: 'client',
      on: 'text code',
      by: (look) => (look.name === 'ClickHouseError' ? (look.code as string) : undefined),
      lines: [
        ['T', '159 202 209 210', 'the server has too many queries, or did not answer in time'],
        ['T', '241 252', 'the server is short of memory, or has too many parts to merge'],
        ['PS', '46 47 60 62 81 16', 'the server has judged this statement'],
        ['PS', '6 27 38 41 53 69 70 72 117 376 457', 'the server refuses this value'],
        ['PS', '192 193 194 516', 'the server refuses this user'],
      ],
    },
  ],
};

function replyClass(look: Look): string | undefined {
  const code = numberOf(look, 'responseCode');
  if (code === undefined || code < 400 || code > 599) return undefined;
  // others give an HTTP status this name
  const isMail = [look.get('command'), look.get('response')].some((mark) => typeof mark === 'string');
  if (!isMail && !/^E[A-Z]+$/.test(String(look.code))) return undefined;
  return code < 500 ? '4xx' : '5xx';
}

export const mail: FailureDomain = {
  id: 'mail',
  title: 'Mail: nodemailer',
  source: 'RFC 5321 §4.2.1',
  sets: [
    {
      tier: 'client',
      needs: ['responseCode'],
      by: replyClass,
      shown: (look) => look.get('responseCode'),
      lines: [
        ['T', '4xx', 'the mail server asks to come back later'],
        ['PS', '5xx', 'the mail server has judged this message, or refuses this user'],
      ],
    },
  ],
};

const LDAP_NAMES =
  /^(Busy|Unavailable|NoSuchObject|InvalidCredentials|EntryAlreadyExists|AlreadyExists)Error$/;

export const ldap: FailureDomain = {
  id: 'ldap',
  title: 'LDAP: ldapts, ldapjs',
  source: 'RFC 4511 §4.1.9',
  sets: [
    {
      tier: 'client',
      on: 'number code',
      by: (look) =>
        LDAP_NAMES.test(look.name) || look.has('lde_message') ? (look.code as number) : undefined,
      lines: [
        ['T', '51 52', 'the server is busy or unavailable'],
        ['PS', '32 68', 'the server has judged this operation'],
        ['PS', '49', 'the server refuses this user'],
      ],
    },
  ],
};
