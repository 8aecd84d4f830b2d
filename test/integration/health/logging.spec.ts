import { afterEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { LoggerService } from '@nestjs/common';
import type { PolicyOptions, ResilienceModuleOptions } from 'nestjs-breakwater';
import { startApplication } from '../../support/application.js';
import type { TestApplication } from '../../support/application.js';

const refused = () =>
  Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:4000'), { code: 'ECONNREFUSED' });

let app: TestApplication;
const lines: string[] = [];
const write =
  (level: string) =>
  (line: unknown, ...rest: unknown[]) =>
    void lines.push(`${level} ${String(rest.at(-1))}: ${String(line)}`);
const writer: LoggerService = {
  log: write('log'),
  warn: write('warn'),
  error: write('error'),
  debug: write('debug'),
};

async function start(options: ResilienceModuleOptions): Promise<void> {
  app = await startApplication(options);
  Logger.overrideLogger(writer);
  lines.length = 0;
}

const fail = (name = 'p', key?: string) =>
  app.service
    .execute('p', () => Promise.reject(refused()), { name, ...(key !== undefined && { key }) })
    .catch(() => undefined);
const at = (level: string) => lines.filter((line) => line.startsWith(`${level} Resilience: `));

const retry: PolicyOptions = { retry: { maxRetries: 1, baseDelay: 0 } };
const breaker: PolicyOptions = { circuitBreaker: { failureThreshold: 1, recoveryTimeout: '5s' } };

afterEach(async () => {
  await app.module.close();
  Logger.overrideLogger(false);
});

describe('the log', () => {
  it('tells of a circuit that opens, why, and when it is tried again', async () => {
    await start({ policies: { p: breaker } });
    await fail();
    expect(at('warn')).toEqual([
      "warn Resilience: Circuit 'p' went from closed to open (1 failure in a row); next trial in 5000 ms; last failure: connect ECONNREFUSED 127.0.0.1:4000",
    ]);
    await app.clock.advance(5000);
    await app.service.execute('p', () => 'fine');
    expect(at('log').map((line) => line.slice(16))).toEqual([
      "Circuit 'p' went from open to half-open (its time is over)",
      "Circuit 'p' went from half-open to closed (trials succeeded)",
    ]);
  });

  it('tells of the first call that is out of retries, and counts the others until a later one', async () => {
    await start({ policies: { p: retry } });
    for (let call = 0; call < 100; call++) await fail();
    expect(at('warn')).toEqual([
      'warn Resilience: p failed: none of 2 attempts succeeded: connect ECONNREFUSED 127.0.0.1:4000',
    ]);
    await app.clock.advance(10_000);
    await fail();
    expect(at('warn')).toHaveLength(3);
    expect(at('warn')[1]).toBe("warn Resilience: p: 99 more 'retry.exhausted' since the last line of it");
  });

  it('tells the count at the end of the application', async () => {
    await start({ policies: { p: retry } });
    for (let call = 0; call < 3; call++) await fail();
    await app.module.close();
    expect(at('warn')).toHaveLength(2);
    expect(at('warn')[1]).toContain("p: 2 more 'retry.exhausted'");
  });

  it('tells the count when the circuit closes', async () => {
    await start({
      policies: { p: { ...retry, circuitBreaker: { failureThreshold: 4, recoveryTimeout: '1s' } } },
    });
    await fail();
    await fail();
    await app.clock.advance(1000);
    await app.service.execute('p', () => 'fine');
    expect(at('warn').at(-1)).toContain("p: 1 more 'retry.exhausted'");
  });

  it('holds back the transitions of circuits with keys', async () => {
    await start({ policies: { p: { circuitBreaker: { failureThreshold: 1, key: () => '' } } } });
    for (let key = 0; key < 50; key++) await fail('p', `tenant-${key}`);
    await app.module.close();
    expect(at('warn')).toHaveLength(2);
    expect(at('warn')[0]).toContain("'p[tenant-0]'");
    expect(at('warn')[1]).toContain("p: 49 more 'circuit.opened'");
  });

  it('writes each event at the level that is asked for, or not at all', async () => {
    const logging = { 'circuit.opened': 'error', 'call.settled': 'log', 'circuit.rejected': false } as const;
    await start({ logging, policies: { p: breaker } });
    await app.service.execute('p', () => 'fine');
    await fail();
    await fail();
    expect(at('error')).toHaveLength(1);
    expect(at('log').map((line) => line.slice(16))).toEqual([
      'p: success after 1 attempt in 0 ms',
      expect.stringMatching(/^p failed after 1 attempt in 0 ms by rule node\/ECONNREFUSED/),
      expect.stringMatching(/^p: rejected after 0 attempts in 0 ms/),
    ]);
    expect(at('debug')).toEqual([]);
  });

  it('is empty with `logging: false`', async () => {
    await start({ logging: false, policies: { p: { ...breaker, ...retry } } });
    await fail();
    expect(lines).toEqual([]);
  });

  it('makes no event of a level that is off', async () => {
    await start({ policies: { p: breaker } });
    const quiet = { ...writer, isLevelEnabled: () => false };
    Logger.overrideLogger(quiet);
    await fail();
    expect(lines).toEqual([]);
  });

  it('breaks no call where the logger throws', async () => {
    await start({ policies: { p: breaker } });
    const fault = () => {
      throw new Error('disk full');
    };
    Logger.overrideLogger({ log: fault, warn: fault, error: fault, debug: fault });
    await expect(app.service.execute('p', () => Promise.reject(refused()))).rejects.toThrow('ECONNREFUSED');
  });
});

describe('the option logging', () => {
  it.each<[string, unknown, RegExp]>([
    ['a type of event that does not exist', { 'circuit.open': 'warn' }, /did you mean 'circuit.opened'/],
    [
      'a level that does not exist',
      { timeout: 'info' },
      /logging\['timeout'\]: expected 'debug', 'log', 'warn'/,
    ],
    ['something else', 'warn', /logging: expected false, or an object with a level/],
  ])('refuses %s', async (_what, logging, message) => {
    await expect(startApplication({ logging } as never)).rejects.toThrow(message);
  });
});
