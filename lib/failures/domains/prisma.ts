import { read } from '../../policy/error-chain.js';
import type { FailureDomain } from '../failure-domain.js';
import type { Look } from '../look.js';

const PRISMA_CODE = /^P[12]\d{3}$/;
const RAW_QUERY_FAILED = 'P2010';

function prismaCode(look: Look): string | undefined {
  // a failed raw query is judged by the database's own code
  const codes = [look.code, look.get('errorCode')].filter((code) => code !== RAW_QUERY_FAILED);
  return codes.find((code): code is string => typeof code === 'string' && PRISMA_CODE.test(code));
}

/** The error of the database behind a failed raw query, as the database's own client would have it. */
export function errorBehindPrisma(look: Look): object | undefined {
  if (look.code !== RAW_QUERY_FAILED) return undefined;
  const meta = look.get('meta');
  const adapter = read(read(meta, 'driverAdapterError'), 'cause');
  const code = read(adapter, 'originalCode') ?? read(meta, 'code');
  if (typeof code !== 'string' && typeof code !== 'number') return undefined;
  const message = read(adapter, 'originalMessage') ?? read(meta, 'message');
  // those of MySQL are numbers of four digits
  return /^\d{4}$/.test(String(code))
    ? { errno: Number(code), message }
    : { code, severity: 'ERROR', message };
}

export const prisma: FailureDomain = {
  id: 'prisma',
  title: 'Prisma',
  source: 'Prisma error reference',
  sets: [
    {
      tier: 'client',
      needs: ['code', 'errorCode'],
      by: prismaCode,
      lines: [
        ['T', 'P1001 P1002 P1008 P1017', 'the database cannot be reached, or does not answer in time'],
        ['T', 'P2024 P2028', 'no connection of the pool, or no transaction, in time'],
        ['T', 'P2037', 'the database has too many connections'],
        ['TI', 'P2034', 'a write conflict or a deadlock: this transaction has lost a race'],
      ],
      otherwise: ['PS', 'the database has judged this query'],
    },
    {
      tier: 'client',
      by: 'name',
      lines: [['PI', 'PrismaClientValidationError', 'a query that cannot work']],
    },
  ],
};
