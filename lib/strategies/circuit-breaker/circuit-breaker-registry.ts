import type { CircuitFamily } from './circuit-family.js';
import type { Circuit } from './circuit.js';
import type { CircuitSnapshot } from './circuit-state.js';

/**
 * All circuits of one application; inject it to look at them or to move them by hand.
 *
 * @example
 * ```ts
 * circuits.get('payments')?.forceOpen();
 * for (const circuit of circuits) console.log(circuit.name, circuit.state);
 * ```
 */
export class CircuitBreakerRegistry implements Iterable<Circuit> {
  private readonly families = new Map<string, CircuitFamily>();

  /** The circuit of a name, such as `payments` or `http[https://api.example.com]`; undefined if there is none. */
  get(name: string): Circuit | undefined {
    for (const circuit of this) if (circuit.name === name) return circuit;
    return undefined;
  }

  /** The circuits that exist now. Keyed ones appear with their first call and disappear when they are evicted. */
  *[Symbol.iterator](): Iterator<Circuit> {
    for (const family of [...this.families.values()]) yield* family.list();
  }

  /** All circuits as plain JSON. */
  snapshot(): CircuitSnapshot[] {
    return [...this].map((circuit) => circuit.snapshot());
  }

  /** Closes every circuit and forgets what was counted. */
  reset(): void {
    for (const circuit of this) circuit.reset();
  }

  /** @internal */
  add(family: CircuitFamily): CircuitFamily {
    this.families.set(family.name, family);
    return family;
  }
}
