import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable, Logger } from '@nestjs/common';
import type { LoggerService } from '@nestjs/common';
import { Fallback, Retryable } from 'nestjs-breakwater';
import { lastValueFrom, throwError } from 'rxjs';
import type { Observable } from 'rxjs';
import { startApplication } from '../support/application.js';

const notUnique = () =>
  Object.assign(new Error('duplicate key value'), { code: '23505', severity: 'ERROR', detail: 'ann' });

@Injectable()
class Users {
  @Retryable()
  async insert(): Promise<void> {
    throw notUnique();
  }

  @Retryable({ maxRetries: 1, baseDelay: 0 })
  list(): Observable<string> {
    return throwError(() => new Error('not now'));
  }

  @Retryable()
  @Fallback(() => Promise.reject(notUnique()))
  async recover(): Promise<void> {
    throw notUnique();
  }

  @Retryable()
  @Fallback(() => 'in place of it')
  async count(): Promise<unknown> {
    throw notUnique();
  }
}

describe('a failed call', () => {
  const lines: unknown[] = [];
  const quiet = () => undefined;
  const writer: LoggerService = { log: quiet, warn: quiet, error: quiet, debug: (line) => lines.push(line) };
  const ofCalls = () => lines.filter((line) => String(line).includes('failed'));
  const BY_RULE = 'by rule sql/23505 (permanent, circuit: success): duplicate key value';

  async function users(): Promise<Users> {
    const { module } = await startApplication({}, Users);
    Logger.overrideLogger(writer);
    return module.get(Users);
  }

  beforeEach(() => void lines.splice(0));
  afterEach(() => {
    Logger.overrideLogger(['log', 'fatal', 'error', 'warn', 'debug', 'verbose']);
    Logger.overrideLogger(false);
  });

  it('says in one line at level debug by which rule it was judged', async () => {
    const service = await users();
    await expect(service.insert()).rejects.toThrow('duplicate');
    await expect(lastValueFrom(service.list())).rejects.toThrow('not now');
    await expect(service.recover()).rejects.toThrow('duplicate');
    expect(ofCalls()).toEqual([
      `Users.insert failed after 1 attempt ${BY_RULE}`,
      'Users.list failed after 2 attempts by rule unknown (unknown, circuit: failure): not now',
      `Users.recover failed after 1 attempt ${BY_RULE}`,
    ]);
  });

  it('says nothing where a fallback has answered for it', async () => {
    const service = await users();
    await expect(service.count()).resolves.toBe('in place of it');
    expect(ofCalls()).toEqual([]);
  });

  it('is not even looked at where that level is off', async () => {
    const service = await users();
    Logger.overrideLogger(['warn']);
    await expect(service.insert()).rejects.toThrow('duplicate');
    expect(ofCalls()).toEqual([]);
  });
});
