import { Injectable } from '@nestjs/common';
import { ResilienceEvents } from 'nestjs-breakwater';

/** Counts the events by type. */
@Injectable()
export class EventTotals {
  private readonly counts = new Map<string, number>();

  constructor(events: ResilienceEvents) {
    events.asObservable().subscribe(({ type }) => this.counts.set(type, (this.counts.get(type) ?? 0) + 1));
  }

  snapshot(): Record<string, number> {
    return Object.fromEntries(this.counts);
  }
}
