import type { CircuitTransitionCause } from '../events/resilience-event.js';
import type { CircuitState } from '../strategies/circuit-breaker/circuit-state.js';
import type { Label } from '../strategies/label.js';
import type { CallFigures } from './call-figures.js';

/** One name with everything that is counted under it. */
export class Family {
  readonly name: string;
  readonly policy: string | undefined;
  private readonly transitionCounts = new Map<
    string,
    { to: CircuitState; cause: CircuitTransitionCause; count: number }
  >();

  constructor(
    private readonly label: Label & { readonly isListedWithCalls: boolean },
    /** The counters of its calls. */
    readonly calls: CallFigures,
  ) {
    this.name = label.name;
    this.policy = label.policy;
  }

  /** False as long as there is nothing to say. */
  get isListed(): boolean {
    return !this.label.isListedWithCalls || !this.calls.isUnused || this.transitionCounts.size > 0;
  }

  /** Counts the transition of a circuit of this name. */
  countTransition(to: CircuitState, cause: CircuitTransitionCause): void {
    const known = this.transitionCounts.get(`${to} ${cause}`);
    if (known) known.count++;
    else this.transitionCounts.set(`${to} ${cause}`, { to, cause, count: 1 });
  }

  /** The transitions so far. */
  get transitions(): { to: CircuitState; cause: CircuitTransitionCause; count: number }[] {
    return [...this.transitionCounts.values()].map((one) => ({ ...one }));
  }
}
