import type { StateFamily } from '../state-family.js';
import type { Bulkhead } from './bulkhead.js';
import type { BulkheadPlan, BulkheadSnapshot } from './bulkhead-plan.js';

/** The bulkheads of one name. */
export type BulkheadFamily = StateFamily<Bulkhead, BulkheadPlan>;

/**
 * All bulkheads of one application; inject it to see how many calls run and wait, and which limit an adaptive one has found.
 *
 * @example
 * ```ts
 * for (const { name, running, limit } of bulkheads.snapshot()) gauge(name, running / limit);
 * ```
 */
export class BulkheadRegistry implements Iterable<Bulkhead> {
  private readonly families = new Map<string, BulkheadFamily>();

  /** The bulkhead of a name, such as `payments` or `payments[tenant-1]`; undefined if there is none. */
  get(name: string): Bulkhead | undefined {
    for (const bulkhead of this) if (bulkhead.name === name) return bulkhead;
    return undefined;
  }

  /** The bulkheads that exist now. Keyed ones appear with their first call and disappear when they are evicted. */
  *[Symbol.iterator](): Iterator<Bulkhead> {
    for (const family of [...this.families.values()]) yield* family.list();
  }

  /** All bulkheads as plain JSON. */
  snapshot(): BulkheadSnapshot[] {
    return [...this].map((bulkhead) => bulkhead.snapshot());
  }

  /** @internal */
  add(family: BulkheadFamily): void {
    this.families.set(family.name, family);
  }
}
