import type { Label } from '../label.js';
import type { ResolvedFallback } from './fallback.options.js';

type Answer = (this: unknown, ...args: unknown[]) => unknown;

/** Answers in place of a call that failed. */
export class Fallback {
  constructor(
    readonly label: Label,
    readonly options: ResolvedFallback,
  ) {}

  /** True if this error is one that it answers for. */
  answers(error: unknown): boolean {
    const { on } = this.options;
    return on === undefined || on(error);
  }

  /** The answer; it may be a promise, an Observable or an AsyncIterable, as the method's own. */
  answer(error: unknown, self: unknown, args: readonly unknown[]): unknown {
    const { use } = this.options;
    // looked up late, so that a subclass may override it
    const answer = typeof use === 'string' ? (self as Record<string, Answer>)[use] : (use as Answer);
    return answer.call(self, error, ...args);
  }
}
