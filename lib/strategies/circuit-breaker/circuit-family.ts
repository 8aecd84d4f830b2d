import type { CircuitPlan } from './circuit-plan.js';
import { Circuit } from './circuit.js';
import { LruMap } from '../lru-map.js';
import type { LruLimits } from '../lru-map.js';

/** The circuits of one name: a single one, or one per key, bounded. */
export class CircuitFamily {
  private single: Circuit | undefined;
  private readonly keyed: LruMap<Circuit>;

  constructor(
    private current: CircuitPlan,
    isKeyed = current.options.key !== undefined,
  ) {
    this.keyed = new LruMap(limitsOf(current));
    if (!isKeyed) this.single = new Circuit(current);
  }

  /** The options that the circuits share. */
  get plan(): CircuitPlan {
    return this.current;
  }

  /** Other options from now on; every circuit keeps its state. */
  reconfigure(plan: CircuitPlan): void {
    this.current = plan;
    this.keyed.limit(limitsOf(plan));
    for (const circuit of this.list()) circuit.adopt(plan);
  }

  get name(): string {
    return this.plan.label.name;
  }

  /** The circuit for a call with these arguments. */
  forCall(args: readonly unknown[]): Circuit {
    const { key } = this.plan.options;
    if (key) return this.forKey(String(key(...(args as never[]))));
    return (this.single ??= new Circuit(this.plan));
  }

  /** The circuit of a key. */
  forKey(key: string): Circuit {
    return this.keyed.obtain(key, this.plan.tools.coarse.now(), this.make);
  }

  /** The circuits that exist now; idle ones are dropped first. */
  list(): Circuit[] {
    const keyed = this.keyed.values(this.plan.tools.clock.now());
    return this.single ? [this.single, ...keyed] : keyed;
  }

  private readonly make = (key: string): Circuit => new Circuit(this.plan, key);
}

function limitsOf({ options: { maxKeys, idleTtl } }: CircuitPlan): LruLimits<Circuit> {
  return { maxKeys, idleTtl, mayExpire: ({ state }) => state === 'closed' };
}
