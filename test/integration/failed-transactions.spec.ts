import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Injectable, Logger } from '@nestjs/common';
import { Retryable } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';

const sql = (code: string) => Object.assign(new Error('x'), { code, severity: 'ERROR' });

/** What a method meets whose retries run inside one transaction: the first failure, then that of the transaction. */
@Injectable()
class Ledger {
  runs = 0;

  @Retryable({ baseDelay: 0 })
  async book(): Promise<void> {
    this.runs++;
    throw this.runs % 2 === 1 ? sql('40001') : sql('25P02');
  }
}

describe('a retry inside a transaction that has failed', () => {
  afterEach(() => void jest.restoreAllMocks());

  it('is not repeated, and the log is told once what to do', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const { module } = await startApplication({}, Ledger);
    const ledger = module.get(Ledger);

    for (let call = 0; call < 2; call++) await expect(ledger.book()).rejects.toMatchObject({ code: '25P02' });

    expect(ledger.runs).toBe(4);
    expect(warn.mock.calls).toEqual([[expect.stringContaining('@Retryable above @Transactional')]]);
  });
});
