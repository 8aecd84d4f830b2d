import type { Dispatcher } from 'undici';
import { bareObject } from '../../../policy/own-property.js';
import type { ResponseHeaders } from '../../transport.js';

/** A handler of undici 7 and 8. */
export type NewHandler = Pick<
  Dispatcher.DispatchHandler,
  'onRequestStart' | 'onResponseStart' | 'onResponseData' | 'onResponseEnd' | 'onResponseError'
>;

type Controller = Dispatcher.DispatchController;
type RawHeaders = readonly (Buffer | string | readonly (Buffer | string)[])[];

/** A handler of undici 6, which undici 7 still takes. */
export interface OldHandler {
  onConnect?(abort: (reason?: Error) => void, context: unknown): void;
  onHeaders?(status: number, headers: RawHeaders, resume: () => void, statusText?: string): boolean | void;
  onData?(chunk: Buffer): boolean | void;
  onComplete?(trailers: RawHeaders | null): void;
  onError?(error: Error): void;
}

/**
 * A handler that every version of undici takes: older ones call the methods of its old style, newer ones those of the new
 * style. Which copy a dispatcher belongs to cannot be told.
 */
export class EveryStyle implements OldHandler, NewHandler {
  private readonly control = new OldControl();

  constructor(private readonly handler: NewHandler) {}

  onRequestStart(controller: Controller, context: unknown): void {
    this.handler.onRequestStart?.(controller, context);
  }

  onResponseStart(controller: Controller, status: number, headers: ResponseHeaders, text?: string): void {
    this.handler.onResponseStart?.(controller, status, headers, text);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.handler.onResponseData?.(controller, chunk);
  }

  onResponseEnd(controller: Controller, trailers: ResponseHeaders): void {
    this.handler.onResponseEnd?.(controller, trailers);
  }

  onResponseError(controller: Controller, error: Error): void {
    this.handler.onResponseError?.(controller, error);
  }

  onConnect(abort: (reason?: Error) => void, context: unknown): void {
    this.control.end = abort;
    this.handler.onRequestStart?.(this.control, context);
  }

  onHeaders(status: number, headers: RawHeaders, resume: () => void, statusText?: string): boolean {
    this.control.goOn = resume;
    this.control.rawHeaders = headers as Buffer[];
    this.handler.onResponseStart?.(this.control, status, parsedHeaders(headers), statusText);
    return !this.control.paused;
  }

  onData(chunk: Buffer): boolean {
    this.handler.onResponseData?.(this.control, chunk);
    return !this.control.paused;
  }

  onComplete(trailers: RawHeaders | null): void {
    this.control.rawTrailers = trailers as Buffer[];
    this.handler.onResponseEnd?.(this.control, parsedHeaders(trailers ?? []));
  }

  onError(error: Error): void {
    this.handler.onResponseError?.(this.control, error);
  }
}

/** Controls a request for a handler of the new style, by the functions that undici 6 hands out. */
class OldControl implements Controller {
  aborted = false;
  paused = false;
  reason: Error | null = null;
  rawHeaders: Buffer[] | null = null;
  rawTrailers: Buffer[] | null = null;
  end: ((reason: Error) => void) | undefined;
  goOn: (() => void) | undefined;

  abort(reason: Error): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.end?.(reason);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.goOn?.();
  }
}

/** The handler of a dispatcher's user, in the new style. */
export function inNewStyle(handler: object): NewHandler {
  const isNew = typeof (handler as NewHandler).onRequestStart === 'function';
  return isNew ? handler : new NewStyle(handler);
}

/** Tells a handler of the old style what one of the new style is told. */
class NewStyle implements NewHandler {
  constructor(private readonly handler: OldHandler) {}

  onRequestStart(controller: Controller, context: unknown): void {
    this.handler.onConnect?.((reason) => controller.abort(reason as Error), context);
  }

  onResponseStart(controller: Controller, status: number, headers: ResponseHeaders, text?: string): void {
    const resume = () => controller.resume();
    if (this.handler.onHeaders?.(status, rawHeaders(headers), resume, text) === false) controller.pause();
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.handler.onData?.(chunk) === false) controller.pause();
  }

  onResponseEnd(_controller: Controller, trailers: ResponseHeaders): void {
    this.handler.onComplete?.(rawHeaders(trailers));
  }

  onResponseError(_controller: Controller, error: Error): void {
    this.handler.onError?.(error);
  }
}

/** Headers as undici 6 tells them: names and values in turn. A name that comes more than once gets an array. */
export function parsedHeaders(raw: RawHeaders): ResponseHeaders {
  const headers = bareObject() as ResponseHeaders;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = textOf(raw[index] as Buffer | string).toLowerCase();
    const value = raw[index + 1];
    const values = Array.isArray(value) ? value.map(textOf) : [textOf(value as Buffer | string)];
    const all = [headers[name] ?? [], values].flat();
    headers[name] = all.length === 1 ? all[0] : all;
  }
  return headers;
}

/** Headers as undici 6 tells them, and as undici 8 has them beside the parsed ones. */
export function rawHeaders(headers: ResponseHeaders): Buffer[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().flatMap((one) => [Buffer.from(name, 'latin1'), Buffer.from(String(one), 'latin1')]),
  );
}

function textOf(value: Buffer | string): string {
  return typeof value === 'string' ? value : value.toString('latin1');
}
