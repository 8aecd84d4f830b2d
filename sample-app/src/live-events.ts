import { Injectable } from '@nestjs/common';
import { ResilienceEvents } from 'nestjs-breakwater';
import type { ResilienceEvent } from 'nestjs-breakwater';

const ms = (value: number) => `${Math.round(value)} ms`;

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'result not accepted';
}

/** An event as a line that a person can read. */
export function describeEvent(event: ResilienceEvent): string {
  const { name } = event;
  switch (event.type) {
    case 'retry.scheduled':
      return `↻ ${name}: attempt ${event.attempt} in ${ms(event.delay)} (${event.reason}) after: ${reasonOf(event.error)}`;
    case 'retry.exhausted':
      return `✗ ${name}: gave up after ${event.attempt} attempts: ${reasonOf(event.error)}`;
    case 'retry.suppressed':
      return `✗ ${name}: attempt ${event.attempt} is not repeated (${event.reason}): ${reasonOf(event.error)}`;
    case 'circuit.rejected':
      return `⊘ ${name}: refused${event.retryAfter === undefined ? '' : `, next trial in ${ms(event.retryAfter)}`}`;
    case 'timeout':
      return `◷ ${name}: ${event.scope} timeout of ${ms(event.timeout)} in attempt ${event.attempt}`;
    case 'bulkhead.rejected':
      return `⊘ ${name}: refused, all places are taken`;
    case 'rate-limit.rejected':
      return `⊘ ${name}: refused, the next may come in ${ms(event.retryAfter)}`;
    case 'hedge.started':
    case 'hedge.won':
      return `⇉ ${name}: attempt ${event.attempt} ${event.type === 'hedge.won' ? 'was faster' : 'runs beside'}`;
    case 'fallback.used':
      return `↺ ${name}: the fallback answers after: ${reasonOf(event.error)}`;
    case 'cache.stale-served':
      return `↺ ${name}: an answer ${ms(event.age)} old stands in for: ${reasonOf(event.error)}`;
    case 'cache.store-failed':
      return `✗ ${name}: the store of the cache: ${reasonOf(event.error)}`;
    case 'endpoints.refresh-failed':
      return `! ${name}: the last list of endpoints stays: ${reasonOf(event.error)}`;
    case 'chaos.injected':
      return `⚡ ${name}: ${event.kind} injected into attempt ${event.attempt}`;
    case 'call.settled':
      return `■ ${name}: ${event.outcome} after ${event.attempts} attempts`;
    default:
      return `● ${name}: ${event.from} → ${event.to}`;
  }
}

/** Shows what happens, as it happens. */
@Injectable()
export class LiveEvents {
  constructor(private readonly events: ResilienceEvents) {}

  /** Prints every event until the returned function is called. */
  show(print: (line: string) => void): () => void {
    const subscription = this.events.asObservable().subscribe((event) => print(describeEvent(event)));
    return () => subscription.unsubscribe();
  }
}
