import { Catch } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { throwError } from 'rxjs';
import type { Observable } from 'rxjs';
import type { ResilienceException } from '../exceptions/resilience.exception.js';
import { graphQLErrorOf, payloadOf } from './answers.js';
import type { ResilienceErrorPayload, ResilienceGraphQLError } from './answers.js';
import { AnyResilienceException } from './any-resilience.exception.js';
import { answerHttp } from './http-answer.js';
import { answerWebSocket } from './websocket-answer.js';
import type { SocketClient } from './websocket-answer.js';

/** The result that the filter gives back to Nest, by transport. @public */
export type ResilienceFilterResult = Observable<never> | ResilienceGraphQLError | undefined;

/**
 * Tells callers of this library's exceptions in the form of their transport, and leaves all other exceptions alone.
 * HTTP: Nest's usual answer with `Retry-After` in whole seconds, where the wait is known. Microservices: an error
 * `{ status: 'error', message, code, statusCode, retryAfter? }`. WebSockets: the same by the event `exception`.
 * GraphQL: an error with `extensions.code` and `extensions.http`. Optional: without it Nest answers HTTP callers
 * with the right status, and others with "Internal server error".
 *
 * Works as `APP_FILTER`, with `useGlobalFilters(new ResilienceExceptionFilter())` and with `@UseFilters`.
 *
 * @example
 * ```ts
 * @Module({ providers: [{ provide: APP_FILTER, useClass: ResilienceExceptionFilter }] })
 * class AppModule {}
 * ```
 * @public
 */
@Catch(AnyResilienceException)
export class ResilienceExceptionFilter implements ExceptionFilter<ResilienceException> {
  /**
   * Called by Nest.
   *
   * @throws the exception itself in a context that this filter has no form for, such as a command line's
   */
  catch(exception: ResilienceException, host: ArgumentsHost): ResilienceFilterResult {
    switch (host.getType<string>()) {
      case 'http':
        return void answerHttp(exception, host.switchToHttp().getResponse());
      case 'rpc':
        return throwError((): ResilienceErrorPayload => payloadOf(exception));
      case 'ws':
        return void notifyClient(exception, host);
      case 'graphql':
        return graphQLErrorOf(exception);
      default:
        throw exception;
    }
  }
}

function notifyClient(exception: ResilienceException, host: ArgumentsHost): void {
  const context = host.switchToWs();
  const client = context.getClient<SocketClient | undefined>();
  if (!client) return;
  answerWebSocket(client, payloadOf(exception), { pattern: context.getPattern(), data: context.getData() });
}
