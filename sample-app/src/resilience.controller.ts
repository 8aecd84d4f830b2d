import { Controller, Get } from '@nestjs/common';
import { CircuitBreakerRegistry } from 'nestjs-breakwater';
import { EventTotals } from './event-totals.js';

@Controller('resilience')
export class ResilienceController {
  constructor(
    private readonly circuits: CircuitBreakerRegistry,
    private readonly totals: EventTotals,
  ) {}

  @Get()
  overview(): object {
    return { circuits: this.circuits.snapshot(), totals: this.totals.snapshot() };
  }
}
