import { Body, Controller, NotFoundException, Post } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { ResilientHttpService, UpstreamHttpException } from 'nestjs-breakwater';
import { ShippingService } from './shipping.service.js';

/** What a customer sends. */
interface Checkout {
  sku?: string;
}

@Controller('checkout')
export class CheckoutController {
  constructor(
    private readonly http: ResilientHttpService,
    private readonly shipping: ShippingService,
  ) {}

  @Post()
  async checkout(@Body() { sku = 'teapot' }: Checkout = {}): Promise<object> {
    const order = randomUUID();
    const stock = await this.stockOf(sku);
    // one key for all attempts of this order: the upstream may get it often, and charges once
    const payment = { order, amount: 42 };
    const { attempts } = await this.http.post('/payments', payment, { idempotencyKey: `checkout-${order}` });
    const { tracking } = await this.shipping.book(order);
    return { order, stock, tracking, paymentAttempts: attempts };
  }

  private async stockOf(sku: string): Promise<number> {
    try {
      const { data } = await this.http.get<{ stock: number }>(`/inventory/${encodeURIComponent(sku)}`);
      return data.stock;
    } catch (error) {
      const isUnknown = error instanceof UpstreamHttpException && error.upstreamStatus === 404;
      throw isUnknown ? new NotFoundException(`There is no ${sku}`) : error;
    }
  }
}
