import { describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import {
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiTags,
  DocumentBuilder,
  SwaggerModule,
} from '@nestjs/swagger';
import { CircuitBreaker, Retryable } from 'nestjs-breakwater';
import { listen, platforms } from '../support/nest-application.js';

class Book {
  @ApiProperty({ example: 'Emma' })
  title!: string;
}

const nothing = () => () => undefined;

/** The same controller twice: once with this library's decorators, once without. */
function makeController(retry: () => MethodDecorator, circuit: () => MethodDecorator) {
  @ApiTags('books')
  @Controller('books')
  class BooksController {
    @ApiOperation({ summary: 'One book' })
    @ApiOkResponse({ type: Book })
    @retry()
    @circuit()
    @Get(':id')
    async get(@Param('id') id: string): Promise<Book> {
      return { title: id };
    }

    @retry()
    @Post()
    @circuit()
    @ApiOkResponse({ type: Book, isArray: true })
    async add(@Body() book: Book): Promise<Book[]> {
      return [book];
    }
  }
  return BooksController;
}

describe.each(platforms)('a decorated controller on %s', (_platform, adapter) => {
  it('has the same OpenAPI document as without decorators', async () => {
    const documents: unknown[] = [];
    const decorated = makeController(Retryable as never, CircuitBreaker as never);
    for (const controller of [decorated, makeController(nothing, nothing)]) {
      const { app } = await listen(adapter, { controllers: [controller] });
      documents.push(SwaggerModule.createDocument(app, new DocumentBuilder().setTitle('Shop').build()));
      await app.close();
    }
    expect(documents[0]).toEqual(documents[1]);
    expect(documents[0]).toHaveProperty('paths./books/{id}.get.responses.200');
  });
});
