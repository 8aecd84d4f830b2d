import { field } from '../look.js';
import type { FailureDomain } from '../failure-domain.js';
import type { Look } from '../look.js';

const PRISMA_CODE = /^P[12]\d{3}$/;

function prismaCode(look: Look): string | undefined {
  const code = typeof look.code === 'string' ? look.code : look.get('errorCode');
  // a failed raw query is judged by the database's own code
  return typeof code === 'string' && PRISMA_CODE.test(code) && code !== 'P2010' ? code : undefined;
}

/** The code of the database behind a failed raw query. */
export function codeBehindPrisma(look: Look): string | undefined {
  if (look.code !== 'P2010') return undefined;
  const meta = look.get('meta');
  const adapter = field(field(meta, 'driverAdapterError'), 'cause');
  const code = field(adapter, 'originalCode') ?? field(meta, 'code');
  return typeof code === 'string' || typeof code === 'number' ? String(code) : undefined;
}

export const prisma: FailureDomain = {
  id: 'prisma',
  title: 'Prisma',
  source: 'Prisma error reference',
  sets: [
    {
      tier: 'client',
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
