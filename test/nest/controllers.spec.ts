import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  BadRequestException,
  Body,
  Controller,
  Get,
  HttpCode,
  Param,
  ParseIntPipe,
  Post,
  Res,
  SetMetadata,
  Sse,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import type { CallHandler, CanActivate, ExecutionContext, INestApplication } from '@nestjs/common';
import type { MessageEvent, NestInterceptor, PipeTransform } from '@nestjs/common';
import { Attempt, CircuitBreaker, Resilient, Retryable } from 'nestjs-breakwater';
import type { AttemptContext } from 'nestjs-breakwater';
import { map, of } from 'rxjs';
import type { Observable } from 'rxjs';
import { listen, platforms } from '../support/nest-application.js';
import { Unsteady } from '../support/unsteady.js';

class BuyerGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return Reflect.getMetadata('role', context.getHandler()) === 'buyer';
  }
}

class Envelope implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data: unknown) => ({ data })));
  }
}

class TitlePipe implements PipeTransform<{ title?: string }> {
  transform(value: { title?: string }): string {
    if (!value.title) throw new BadRequestException('a title is needed');
    return value.title.toUpperCase();
  }
}

@Controller('books')
class BooksController {
  readonly upstream = new Unsteady();

  @Get(':id')
  @Retryable()
  @CircuitBreaker()
  async get(@Param('id', ParseIntPipe) id: number): Promise<unknown> {
    return this.upstream.answer({ id });
  }

  @Retryable()
  @SetMetadata('role', 'buyer')
  @Post()
  @HttpCode(202)
  @UseGuards(BuyerGuard)
  @UseInterceptors(Envelope)
  async order(@Body(TitlePipe) title: string, @Attempt() attempt?: AttemptContext): Promise<unknown> {
    return this.upstream.answer({ title, attempt: attempt?.attempt });
  }

  @Retryable()
  @UseGuards(BuyerGuard)
  @Post('forbidden')
  async forbidden(): Promise<unknown> {
    return this.upstream.answer('never reached');
  }

  @Get('cookie/:name')
  @Retryable()
  async cookie(@Res({ passthrough: true }) response: Reply, @Param('name') name: string): Promise<string> {
    response.header('x-name', name);
    return this.upstream.answer(name);
  }

  @Sse('news/all')
  @Retryable()
  async news(): Promise<Observable<MessageEvent>> {
    return this.upstream.answer(of({ data: 'one' }, { data: 'two' }));
  }

  @Retryable()
  @Sse('news/latest')
  latest(): Observable<MessageEvent> {
    return this.upstream.answer(of({ data: 'one' }, { data: 'two' }));
  }

  @Get('stream/:id')
  @Retryable()
  stream(@Param('id', ParseIntPipe) id: number): Observable<unknown> {
    return this.upstream.answer(of({ id }));
  }
}

/** Its decorator stands on the class; metadata of the routes is written before and after it. */
@Resilient('retried')
@Controller('authors')
class AuthorsController {
  readonly upstream = new Unsteady();

  @Get('all')
  async all(): Promise<string> {
    return this.upstream.answer('all');
  }

  @Get(':name')
  @UseInterceptors(Envelope)
  async get(@Param('name') name: string, @Attempt() attempt?: AttemptContext): Promise<unknown> {
    return this.upstream.answer({ name, attempt: attempt?.attempt });
  }

  @Get('once/:name')
  @Retryable({ maxRetries: 0 })
  async once(@Param('name') name: string): Promise<string> {
    return this.upstream.answer(name);
  }
}

interface Reply {
  header(name: string, value: string): unknown;
}

describe.each(platforms)('a decorated route on %s', (_platform, adapter) => {
  let app: INestApplication;
  let url: string;

  beforeAll(async () => {
    ({ app, url } = await listen(adapter, { controllers: [BooksController, AuthorsController] }));
  });

  afterAll(() => app.close());

  // so that each test's first call is one that fails
  beforeEach(() => {
    for (const type of [BooksController, AuthorsController]) app.get(type).upstream.calls = 0;
  });

  const post = (path: string, body: object) => {
    const headers = { 'content-type': 'application/json' };
    return fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  };

  it.each([
    ['a parameter that its pipe has made a number', '/books/7', '{"id":7}'],
    ['a passed-through response', '/books/cookie/ann', 'ann'],
    ['server-sent events of a promise', '/books/news/all', /data: one[^]*data: two/],
    ['server-sent events of an Observable', '/books/news/latest', /data: one[^]*data: two/],
    ['an Observable', '/books/stream/7', '{"id":7}'],
    ['a decorator on its class', '/authors/all', 'all'],
    [
      'a decorator on its class, an interceptor and its attempt',
      '/authors/ann',
      '{"data":{"name":"ann","attempt":2}}',
    ],
  ])('is repeated with %s', async (_what, path, text) => {
    const response = await fetch(url + path);
    expect([response.status, await response.text()]).toEqual([200, expect.stringMatching(text)]);
    if (path.includes('cookie')) expect(response.headers.get('x-name')).toBe('ann');
  });

  it('is not repeated if its own decorator says so, whatever that of its class', async () => {
    expect((await fetch(`${url}/authors/once/ann`)).status).toBe(500);
  });

  it('is repeated behind its guard, its pipe, its interceptor and its status, with its attempt', async () => {
    const response = await post('/books', { title: 'emma' });
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({ data: { title: 'EMMA', attempt: 2 } });
  });

  it.each([
    ['a pipe', 400, () => post('/books', {})],
    ['a parameter pipe', 400, () => fetch(`${url}/books/seven`)],
    ['a guard', 403, () => post('/books/forbidden', {})],
  ])('does not run when %s refuses', async (_what, status, ask) => {
    const { upstream } = app.get(BooksController);
    const before = upstream.calls;
    expect((await ask()).status).toBe(status);
    expect(upstream.calls).toBe(before);
  });
});
