import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { ResilienceModule } from 'nestjs-breakwater';
import type { ResilienceModuleOptions } from 'nestjs-breakwater';
import { CheckoutController } from './checkout.controller.js';
import { EventTotals } from './event-totals.js';
import { LiveEvents } from './live-events.js';
import { ResilienceController } from './resilience.controller.js';
import { ShippingService } from './shipping.service.js';
import { UpstreamUrl } from './upstream-url.js';

/**
 * What an upstream needs of which nearly every third answer fails. Such a mix asks for far more than the defaults:
 * at 30 % failures the default budget (retries for 20 % of the calls) is meant to give up, so that an overloaded
 * upstream can recover. Here the failures are the demonstration and not an overload, so each call may be retried.
 */
const retry = {
  maxRetries: 8,
  baseDelay: '50ms',
  maxDelay: '500ms',
  budget: { ratio: 1, minPerSecond: 100 },
};

/** Opens in an outage, where everything fails, and not at the 30 % of every day. */
const circuitBreaker = { failureRate: 0.8, minimumCalls: 30, window: '5s', recoveryTimeout: '2s' };

export function shopOptions(upstreamUrl: string): ResilienceModuleOptions {
  return {
    policies: { shipping: { retry, circuitBreaker } },
    http: {
      baseUrl: upstreamUrl,
      // a healthy answer takes milliseconds: what hangs for 400 ms is lost, and the next attempt is the better bet
      timeout: { attempt: '400ms', total: '20s' },
      retry,
      circuitBreaker,
    },
  };
}

@Module({})
export class ShopModule {
  static for(upstreamUrl: string): DynamicModule {
    return {
      module: ShopModule,
      imports: [ResilienceModule.forRootAsync({ useFactory: () => shopOptions(upstreamUrl) })],
      controllers: [CheckoutController, ResilienceController],
      providers: [
        ShippingService,
        LiveEvents,
        EventTotals,
        { provide: UpstreamUrl, useFactory: () => new UpstreamUrl(upstreamUrl) },
      ],
    };
  }
}
