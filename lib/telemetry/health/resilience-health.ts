import { shownError } from '../../failures/shown-error.js';
import type { ShownError } from '../../failures/shown-error.js';
import type { CircuitBreakerRegistry } from '../../strategies/circuit-breaker/circuit-breaker-registry.js';
import type { Circuit } from '../../strategies/circuit-breaker/circuit.js';
import { checkHealthOptions } from './health.options.js';
import type { HealthOptions, ResolvedHealth } from './health.options.js';

/** So many circuits are listed: a thousand tenants may be in trouble at once. */
const MOST_LISTED = 20;

/** A circuit that is neither closed nor disabled. @public */
export interface OpenCircuit {
  /** Its name, such as `payments`; with its key, such as `payments[tenant-1]`, only with `details: 'full'`. */
  readonly name: string;
  /** Epoch milliseconds at which it left `closed`. */
  readonly since: number;
  /** Milliseconds until a trial is let through; absent in half-open and forced-open. */
  readonly retryAfter?: number;
  /** The failure that was seen last, where there is one. */
  readonly lastError?: ShownError;
}

/** The health of the circuits of an application, as plain JSON. @public */
export interface HealthReport {
  /** `down` if a circuit of `failOn` is open or forced open, else `degraded` if a circuit is neither closed nor disabled. */
  readonly status: 'up' | 'degraded' | 'down';
  /** At most 20 circuits: those of `failOn` that are open first, then in the order in which they left `closed`. */
  readonly open: readonly OpenCircuit[];
  /** The number of circuits that are neither closed nor disabled. */
  readonly total: number;
}

/**
 * Tells the health of an application by its circuits. It makes no call, does no I/O and changes no state: an open circuit
 * whose time is over stays open, and no key counts as used.
 *
 * @example
 * ```ts
 * const { status, open } = health.report({ failOn: ['database'] });
 * if (status === 'down') console.error(open.map(({ name }) => name));
 * ```
 * @public
 */
export class ResilienceHealth {
  private readonly circuits: CircuitBreakerRegistry;

  /** @internal */
  constructor(circuits: CircuitBreakerRegistry) {
    this.circuits = circuits;
  }

  /**
   * The health of this moment.
   *
   * @throws ResilienceConfigurationError for options that are wrong
   */
  report(options?: HealthOptions): HealthReport {
    const checked = checkHealthOptions(options);
    const troubled = [...(this.circuits.peek() as Iterable<Circuit>)]
      .filter((circuit) => isInTrouble(circuit) && isWanted(circuit, checked))
      .map((circuit) => ({ circuit, isFatal: isFatal(circuit, checked) }))
      .sort(byUrgency);
    const isDown = troubled.some((one) => one.isFatal);
    const listed = checked.details === false ? [] : troubled.slice(0, MOST_LISTED);
    return {
      status: isDown ? 'down' : troubled.length > 0 ? 'degraded' : 'up',
      open: listed.map(({ circuit }) => describe(circuit, checked.details === 'full')),
      total: troubled.length,
    };
  }
}

interface Troubled {
  readonly circuit: Circuit;
  readonly isFatal: boolean;
}

const byUrgency = (one: Troubled, other: Troubled) =>
  Number(other.isFatal) - Number(one.isFatal) || one.circuit.since - other.circuit.since;

const isInTrouble = ({ state }: Circuit) => state !== 'closed' && state !== 'disabled';

/** A half-open circuit needs calls for its trials: no balancer may take the instance away. */
function isFatal(circuit: Circuit, { failOn }: ResolvedHealth): boolean {
  return circuit.state !== 'half-open' && failOn !== undefined && isNamed(circuit, failOn);
}

function isWanted(circuit: Circuit, { only, except }: ResolvedHealth): boolean {
  return (!only || isNamed(circuit, only)) && !(except && isNamed(circuit, except));
}

const isNamed = ({ config, name }: Circuit, names: readonly string[]) =>
  names.includes(config.label.name) || names.includes(name);

function describe(circuit: Circuit, isFull: boolean): OpenCircuit {
  const { name, config, key, since, retryAfter, lastError } = circuit;
  return {
    name: isFull ? name : config.label.name,
    since,
    ...(retryAfter !== undefined && { retryAfter: Math.ceil(retryAfter) }),
    ...(lastError !== undefined && {
      lastError: shownError(lastError, isFull ? { keys: 'shown' } : { hide: [key] }),
    }),
  };
}
