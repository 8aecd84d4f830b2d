import type { FailureDomain } from '../failure-domain.js';
import type { Look } from '../look.js';

/** The primary result codes that `node:sqlite` and other clients give as numbers. */
const PRIMARY: Readonly<Record<number, string>> = {
  1: 'ERROR',
  5: 'BUSY',
  6: 'LOCKED',
  8: 'READONLY',
  19: 'CONSTRAINT',
  21: 'MISUSE',
};

/** The primary result code: `BUSY` of `SQLITE_BUSY_SNAPSHOT`. */
function primaryCode({ code }: Look): string | undefined {
  const [, primary] = /^SQLITE_([A-Z]+)/.exec(code as string) ?? [];
  return primary;
}

/** Extended codes hold the primary one in their lowest eight bits. */
function primaryNumber(look: Look): string | undefined {
  const number = look.get('errcode');
  return look.code === 'ERR_SQLITE_ERROR' && typeof number === 'number' ? PRIMARY[number & 0xff] : undefined;
}

const shownNumber = (look: Look) => `SQLITE_${primaryNumber(look) ?? ''}`;

const LINES = [
  ['T', 'BUSY LOCKED', 'another connection holds the lock'],
  ['PI', 'CONSTRAINT ERROR READONLY MISUSE', 'the library has judged this statement; there is no server'],
] as const;

export const sqlite: FailureDomain = {
  id: 'sqlite',
  title: 'SQLite: better-sqlite3, sqlite3, libsql, node:sqlite',
  source: 'SQLite result and error codes',
  sets: [
    { tier: 'client', on: 'text code', by: primaryCode, shown: ({ code }) => code, lines: LINES },
    { tier: 'client', on: 'text code', by: primaryNumber, shown: shownNumber, lines: LINES },
  ],
};
