import { Injectable } from '@nestjs/common';
import { CircuitBreaker, Retryable } from 'nestjs-breakwater';
import { UpstreamUrl } from './upstream-url.js';

/** A carrier's client as applications have it: protected by two decorators, its code unchanged. */
@Injectable()
export class ShippingService {
  constructor(private readonly upstream: UpstreamUrl) {}

  @Retryable('shipping')
  @CircuitBreaker('shipping')
  async book(order: string): Promise<{ tracking: string }> {
    const signal = AbortSignal.timeout(400);
    const response = await fetch(`${this.upstream.value}/shipping/${order}`, { method: 'PUT', signal });
    if (!response.ok) throw Object.assign(new Error(`the carrier answered ${response.status}`), { response });
    return (await response.json()) as { tracking: string };
  }
}
