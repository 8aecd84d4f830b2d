import { emitEvent } from '../../events/emit-event.js';
import { isControlFlow } from '../../failures/explain-failure.js';
import { findCallerSignal } from '../../policy/abort-signal.js';
import type { CallWrapper, RunInside, WrappedCall } from '../call-wrapper.js';
import type { Label } from '../label.js';
import type { StrategyDeps } from '../strategy-definition.js';
import type { ResolvedFallback } from './fallback.options.js';

type FallbackFunction = (this: unknown, ...args: unknown[]) => unknown;

/** Answers in place of a call that has failed for good. */
export class Fallback implements CallWrapper {
  constructor(
    readonly label: Label,
    readonly options: ResolvedFallback,
    private readonly deps: Pick<StrategyDeps, 'events' | 'clock'>,
  ) {}

  /** Runs the call and answers for its failure; a fallback that throws gives the caller what it has thrown. */
  around(call: WrappedCall, run: RunInside): Promise<unknown> {
    return run(call).then(undefined, (error: unknown) => this.recover(error, call));
  }

  /**
   * The answer; it may be a promise, an Observable or an AsyncIterable, as the method's own.
   *
   * @throws the error itself if the fallback does not answer for it, or the caller has left
   */
  recover(error: unknown, call: WrappedCall): unknown {
    const { self, args, signal } = call;
    if ((signal ?? findCallerSignal(args))?.aborted || !this.answers(error)) throw error;
    call.usedFallback = true;
    emitEvent('fallback.used', { ...this.label, key: call.key }, this.deps, { error });
    const { use } = this.options;
    // looked up late, so that a subclass may override it
    const answer =
      typeof use === 'string' ? (self as Record<string, FallbackFunction>)[use] : (use as FallbackFunction);
    return answer.call(self, error, ...args);
  }

  /**
   * True if this error is one that it answers for. An order of a job to its worker never is. A matcher of the user's that throws is
   * reported, and matches nothing.
   */
  answers(error: unknown): boolean {
    if (isControlFlow(error)) return false;
    const { on } = this.options;
    try {
      return on === undefined || on(error);
    } catch (thrown) {
      this.deps.events.report(`The 'on' of a fallback of '${this.label.name}'`, thrown);
      return false;
    }
  }
}
