import { describe, expect, it } from '@jest/globals';
import { Catch, Controller, Get, Inject, Injectable, Module, Param, Query } from '@nestjs/common';
import { UseFilters, UseGuards, UseInterceptors } from '@nestjs/common';
import type {
  ArgumentsHost,
  CallHandler,
  CanActivate,
  ExceptionFilter,
  ExecutionContext,
  MiddlewareConsumer,
  NestInterceptor,
  NestMiddleware,
  NestModule,
  PipeTransform,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Retryable } from 'nestjs-breakwater';
import { map } from 'rxjs';
import type { Observable } from 'rxjs';
import { listen, platforms } from '../support/nest-application.js';
import { Unsteady } from '../support/unsteady.js';

/** Each enhancer depends on an upstream that fails for the first time. */
abstract class Enhancer {
  protected readonly upstream = new Unsteady();
}

@Injectable()
class SessionGuard extends Enhancer implements CanActivate {
  @Retryable()
  async canActivate(_context: ExecutionContext): Promise<boolean> {
    return this.upstream.answer(true);
  }
}

@Injectable()
class EverywhereGuard extends SessionGuard {}

@Injectable()
class Prices extends Enhancer implements NestInterceptor {
  @Retryable()
  async intercept(_context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const price = this.upstream.answer(12);
    return next.handle().pipe(map((title) => ({ title, price })));
  }
}

@Injectable()
class FindTitle extends Enhancer implements PipeTransform<string> {
  @Retryable()
  async transform(id: string): Promise<string> {
    return this.upstream.answer(`title of ${id}`);
  }
}

class SoldOut extends Error {}

@Catch(SoldOut)
class SoldOutFilter extends Enhancer implements ExceptionFilter {
  @Retryable()
  async catch(_error: SoldOut, host: ArgumentsHost): Promise<void> {
    const response = host
      .switchToHttp()
      .getResponse<{ status(code: number): { send(body: string): void } }>();
    response.status(410).send(this.upstream.answer('sold out'));
  }
}

@Injectable()
class Visits extends Enhancer implements NestMiddleware {
  static counted = 0;

  @Retryable()
  async use(_request: unknown, _response: unknown, next: () => void): Promise<void> {
    this.upstream.answer(++Visits.counted);
    next();
  }
}

@Controller()
class BooksController {
  constructor(@Inject(Visits) readonly visits: Visits) {}

  @Get('books/:id')
  @UseGuards(SessionGuard)
  @UseInterceptors(Prices)
  async get(@Param('id', FindTitle) title: string): Promise<string> {
    return title;
  }

  @Get('sold')
  @UseFilters(SoldOutFilter)
  async sold(@Query('id') id: string): Promise<string> {
    throw new SoldOut(id);
  }
}

@Module({
  controllers: [BooksController],
  providers: [Visits, { provide: APP_GUARD, useClass: EverywhereGuard }],
})
class BooksModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(Visits).forRoutes('sold');
  }
}

describe.each(platforms)('the decorated method of an enhancer on %s', (_platform, adapter) => {
  it('is repeated: guards, global guards, interceptors, pipes, filters and middleware', async () => {
    Visits.counted = 0;
    const { app, url } = await listen(adapter, { imports: [BooksModule] });
    const book = await fetch(`${url}/books/7`);
    expect([book.status, await book.json()]).toEqual([200, { title: 'title of 7', price: 12 }]);
    const sold = await fetch(`${url}/sold?id=7`);
    expect([sold.status, await sold.text()]).toEqual([410, 'sold out']);
    expect(Visits.counted).toBe(2);
    await app.close();
  });
});
