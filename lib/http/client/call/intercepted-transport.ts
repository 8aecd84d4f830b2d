import { Readable } from 'node:stream';
import type { Method, Operation } from '../../../pipeline/operation.js';
import { interceptionOf } from '../../../pipeline/attempt/intercepted.js';
import type {
  BodyAnswer,
  BodyInterceptor,
  HttpAnswer,
  InterceptedCall,
  Interception,
} from '../../../strategies/body-interceptor.js';
import type { HttpTransport, TransportRequest, TransportResponse } from '../../transport.js';
import { discardBody } from '../prepare/body-source.js';
import { throwIfOver } from './attempt-request.js';
import type { SendState } from './send-state.js';

/**
 * A transport with strategies in front of it, for one call. They are asked once per attempt: not for a redirect, and not for the
 * repetition after a 401.
 */
export class InterceptedTransport implements HttpTransport {
  private readonly answered = new WeakMap<object, Interception>();

  constructor(
    private readonly transport: HttpTransport,
    private readonly interceptors: readonly BodyInterceptor[],
    private readonly call: InterceptedCall,
  ) {}

  async send(request: TransportRequest, sendState: SendState): Promise<TransportResponse> {
    const isFirst = sendState.hops === 0 && !sendState.isRepetition;
    const interception = isFirst ? interceptionOf(this.interceptors) : undefined;
    if (!interception) return this.transport.send(request, sendState);
    // a server that is slow, hangs or fails has the request
    sendState.markSent();
    const { attempt } = sendState;
    const answer = await interception.run(attempt, { ...this.call, key: this.call.key ?? request.origin });
    throwIfOver(attempt);
    if (!answer) return this.transport.send(request, sendState);
    this.answered.set(attempt, interception);
    // a failed call lets go of its body by itself
    if (!('error' in answer)) discardBody(request.body);
    return responseOf(answer, request);
  }

  /** The method of an operation, whose errors are marked where they have come of an answer that was given here. */
  marking({ method, self }: Operation): Method {
    return async (attempt) => {
      try {
        return await method.call(self, attempt);
      } catch (error) {
        this.answered.get(attempt as object)?.mark(error);
        throw error;
      }
    };
  }
}

/** The transport with strategies in front of it; one that a run of the same call has put them in front of is kept. */
export function interceptedTransport(
  transport: HttpTransport,
  interceptors: readonly BodyInterceptor[],
  call: InterceptedCall,
): InterceptedTransport {
  return transport instanceof InterceptedTransport
    ? transport
    : new InterceptedTransport(transport, interceptors, call);
}

/** The answer of a server that has sent a value, or the head of an answer. */
function responseOf(
  answer: BodyAnswer,
  request: TransportRequest,
): TransportResponse | Promise<TransportResponse> {
  if (!('error' in answer)) return Promise.resolve(answer.value).then((value) => withBody(value, request));
  if (!answer.http) throw answer.error;
  return response(answer.http, Buffer.alloc(0), request);
}

function withBody(value: unknown, request: TransportRequest): TransportResponse {
  if (value === undefined) return response({ status: 200, headers: {} }, Buffer.alloc(0), request);
  if (value instanceof Uint8Array)
    return response(ok('application/octet-stream'), Buffer.from(value), request);
  const isText = typeof value === 'string';
  const text = isText ? value : JSON.stringify(value);
  return response(ok(isText ? 'text/plain; charset=utf-8' : 'application/json'), Buffer.from(text), request);
}

function ok(contentType: string): HttpAnswer {
  return { status: 200, headers: { 'content-type': contentType } };
}

function response(
  { status, headers: given }: HttpAnswer,
  body: Buffer,
  request: TransportRequest,
): TransportResponse {
  const headers = { ...given };
  if (!request.isStreamed(status, headers)) return { status, headers, body };
  return { status, headers, body: Buffer.alloc(0), stream: Readable.from([body], { objectMode: false }) };
}
