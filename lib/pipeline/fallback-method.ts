import { announce } from '../events/announce.js';
import { read } from '../policy/error-chain.js';
import type { Fallback } from '../strategies/fallback/fallback.js';
import { findCallerSignal } from './abort/caller-signal.js';
import type { PipelineParts } from './pipeline-parts.js';
import type { Operation } from './operation.js';

/** What a fallback needs to know of a call. */
export type FailedCall = Pick<Operation, 'self' | 'args' | 'signal'>;

/** Lets a fallback answer for calls that fail, the outermost of all strategies. */
export class FallbackMethod {
  constructor(
    private readonly parts: PipelineParts,
    private readonly fallback: Fallback,
  ) {}

  /** The result, or the fallback's answer; a fallback that throws is what the caller is told. */
  guard(result: Promise<unknown>, call: FailedCall): Promise<unknown> {
    return result.then(undefined, (error: unknown) => this.answer(error, call));
  }

  /** @throws the error itself if the fallback does not answer for it, or nobody waits for an answer */
  answer(error: unknown, { self, args, signal }: FailedCall): unknown {
    const isLeft =
      (signal ?? findCallerSignal(args))?.aborted || read(error, 'code') === 'RESILIENCE_SHUTDOWN';
    if (isLeft || !this.answers(error)) throw error;
    announce('fallback.used', this.fallback.label, this.parts.tools, { error });
    return this.fallback.answer(error, self, args);
  }

  /** A matcher of the user's that throws is reported, and matches nothing. */
  private answers(error: unknown): boolean {
    try {
      return this.fallback.answers(error);
    } catch (thrown) {
      this.parts.tools.events.report(`The 'on' of a fallback of '${this.fallback.label.name}'`, thrown);
      return false;
    }
  }
}
