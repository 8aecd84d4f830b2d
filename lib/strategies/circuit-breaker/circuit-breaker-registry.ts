import type { KeyedState } from '../keyed-state.js';
import { StateRegistry } from '../state-registry.js';
import type { CircuitConfig } from './circuit-config.js';
import type { Circuit as LiveCircuit } from './circuit.js';
import type { Circuit, CircuitSnapshot } from './circuit-state.js';

/** The circuits of one name. */
export type CircuitFamily = KeyedState<LiveCircuit, CircuitConfig>;

/**
 * All circuits of one application; inject it to look at them or to move them by hand. Their names are such as
 * `payments`, `payments[tenant-1]` or `http[https://api.example.com]`.
 *
 * @example
 * ```ts
 * circuits.get('payments')?.forceOpen();
 * for (const circuit of circuits) console.log(circuit.name, circuit.state);
 * ```
 * @public
 */
export class CircuitBreakerRegistry extends StateRegistry<Circuit, CircuitSnapshot> {
  /** @internal Makes the circuit of a policy that no call has needed so far. */
  onMissing: ((name: string) => void) | undefined = undefined;

  /** The circuit of a name, such as `payments` or `payments[tenant-1]`, before its policy's first call too; undefined if there is none. */
  override get(name: string): Circuit | undefined {
    const found = super.get(name);
    if (found || !this.onMissing) return found;
    this.onMissing(name);
    return super.get(name);
  }

  /** Closes every circuit and forgets what was counted. */
  reset(): void {
    for (const circuit of this) circuit.reset();
  }
}
