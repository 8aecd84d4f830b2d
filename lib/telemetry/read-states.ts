import type { BulkheadRegistry } from '../strategies/bulkhead/bulkhead-registry.js';
import type { CircuitBreakerRegistry } from '../strategies/circuit-breaker/circuit-breaker-registry.js';
import type { Circuit, CircuitState } from '../strategies/circuit-breaker/circuit-state.js';
import type { RetryBudgetRegistry } from '../strategies/retry/retry-budget-registry.js';
import type { FigureSettings } from './call-figures.js';
import type { FamilyDetail, ServerAddress } from './figures.js';

/** The states of an application, as far as figures show them. */
export interface Registries {
  readonly circuits: CircuitBreakerRegistry;
  readonly bulkheads: BulkheadRegistry;
  readonly budgets: RetryBudgetRegistry;
}

/** The part of {@link FamilyDetail} that is read from the states. */
export type StateDetail = Pick<FamilyDetail, 'circuits' | 'bulkhead' | 'budget'>;

const CIRCUIT_STATES: readonly CircuitState[] = ['closed', 'open', 'half-open', 'forced-open', 'disabled'];

type Counts = Record<CircuitState, number>;

/** The states of one family, summed up. */
class StateSums {
  private readonly circuits = new Map<ServerAddress | undefined, Counts>();
  bulkhead: { running: number; queued: number; limit: number } | undefined;
  budget: { used: number; limit: number } | undefined;

  addCircuit(state: CircuitState, server: ServerAddress | undefined): void {
    const counts = this.circuits.get(server) ?? noCircuits();
    counts[state]++;
    this.circuits.set(server, counts);
  }

  addBulkhead({ running, queued, limit }: { running: number; queued: number; limit: number }): void {
    this.bulkhead ??= { running: 0, queued: 0, limit: 0 };
    this.bulkhead.running += running;
    this.bulkhead.queued += queued;
    this.bulkhead.limit += limit;
  }

  addBudget({ used, limit }: { used: number; limit: number }): void {
    this.budget ??= { used: 0, limit: 0 };
    this.budget.used += used;
    this.budget.limit += limit;
  }

  read(): StateDetail {
    const { bulkhead, budget } = this;
    return {
      circuits: [...this.circuits].flatMap(([server, counts]) =>
        CIRCUIT_STATES.map((state) => ({ state, ...(server && { server }), count: counts[state] })),
      ),
      ...(bulkhead && { bulkhead }),
      ...(budget && { budget }),
    };
  }
}

/**
 * Reads the states of an application by the family that they belong to.
 *
 * @param familyOf - the name under which a state is shown: its own, or that of all others once there are too many
 */
export function readStates(
  { circuits, bulkheads, budgets }: Registries,
  settings: Pick<FigureSettings, 'serverOf'>,
  familyOf: (name: string) => string,
): Map<string, StateDetail> {
  const sums = new Map<string, StateSums>();
  const sumsOf = (name: string): StateSums => {
    const family = familyOf(name);
    const known = sums.get(family) ?? new StateSums();
    sums.set(family, known);
    return known;
  };
  for (const { name, states } of circuits.groups()) {
    const family = states.length > 0 ? sumsOf(name) : undefined;
    for (const circuit of states) family?.addCircuit(circuit.state, settings.serverOf(keyOf(circuit)));
  }
  for (const { name, states } of bulkheads.groups()) for (const one of states) sumsOf(name).addBulkhead(one);
  for (const { name, states } of budgets.groups())
    for (const one of states) sumsOf(name).addBudget(one.snapshot());
  return new Map([...sums].map(([name, one]) => [name, one.read()]));
}

/** The key of a circuit, which its public form does not show apart from its name. */
function keyOf(circuit: Circuit): string | undefined {
  return (circuit as { readonly key?: string }).key;
}

function noCircuits(): Counts {
  return { closed: 0, open: 0, 'half-open': 0, 'forced-open': 0, disabled: 0 };
}
