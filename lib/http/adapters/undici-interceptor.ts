import type { Dispatcher } from 'undici';
import { Problems } from '../../policy/problems.js';
import { Runtime } from '../../runtime/runtime.js';
import { HttpClients } from '../client/http-clients.js';
import type { HttpClient } from '../client/http-client.js';
import type { HttpPolicyOptions } from '../http.options.js';
import type { UndiciDispatcher } from '../transport.js';
import { inNewStyle } from '../transports/undici/handler-styles.js';
import { InterceptedDispatch } from './intercepted-dispatch.js';
import { clientOf, ResilientHttpService } from '../resilient-http.service.js';

/**
 * Retries, circuits per origin and timeouts for any undici dispatcher, of undici 6, 7 or 8. The last answer is passed on whatever its
 * status, its body as it arrives; redirects and decompression are left to others.
 *
 * @param from - the service of an application, whose circuits, budget and events are shared; or options, for use
 * without one
 *
 * @throws ResilienceConfigurationError for options that are wrong
 *
 * @example
 * ```ts
 * const agent = new Agent().compose(resilienceInterceptor({ retry: { maxRetries: 2 } }));
 * ```
 * @public
 */
export function resilienceInterceptor(
  from: ResilientHttpService | HttpPolicyOptions = {},
): (dispatch: (options: never, handler: never) => boolean) => (options: object, handler: object) => boolean {
  const client = from instanceof ResilientHttpService ? clientOf(from) : standalone(from);
  return (next) => {
    const dispatch: UndiciDispatcher['dispatch'] = next;
    const unnamed = `http://dispatcher-${++dispatchers}`;
    return (request, handler) => {
      const options = request as Dispatcher.DispatchOptions;
      // a tunnel or another protocol is no request with an answer
      if (options.upgrade || options.method === 'CONNECT') return dispatch(options, handler);
      const target = inNewStyle(handler);
      new InterceptedDispatch(dispatch, options, target).start(client, options.origin ?? unnamed);
      return true;
    };
  };
}

/** A pool for one origin is asked without it, and does not tell it: its circuit is called after a number. */
let dispatchers = 0;

/** Makes a client that owns no connection and no timer that holds the process open, so the application need not close it. */
function standalone(http: HttpPolicyOptions): HttpClient {
  const problems = new Problems();
  const { main } = new HttpClients(new Runtime({ http }, problems), problems);
  problems.throwIfAny();
  return main;
}
