import { describe, expect, it, jest } from '@jest/globals';
import type { Dispatcher } from 'undici';
import {
  EveryStyle,
  inNewStyle,
  parsedHeaders,
  rawHeaders,
} from '../../../lib/http/transports/undici/handler-styles.js';

/** A handler of the new style that notes what it is told. */
function newHandler() {
  const told: unknown[] = [];
  let controller: Dispatcher.DispatchController | undefined;
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart: (control) => {
      controller = control;
      told.push('start');
    },
    onResponseStart: (_, status, headers, text) => void told.push([status, { ...headers }, text]),
    onResponseData: (_, chunk) => void told.push(String(chunk)),
    onResponseEnd: (_, trailers) => void told.push({ ...trailers }),
    onResponseError: (_, error) => void told.push(error),
  };
  return { handler, told, control: () => controller as Dispatcher.DispatchController };
}

const raw = (...texts: string[]) => texts.map((text) => Buffer.from(text, 'latin1'));

describe('a handler for every version', () => {
  it('hears from undici 6 what it hears from undici 8', () => {
    const { handler, told } = newHandler();
    const every = new EveryStyle(handler);
    every.onConnect(() => undefined, null);
    every.onHeaders(200, raw('X-A', 'é', 'x-b', '1', 'X-B', '2'), () => undefined, 'OK');
    every.onData(Buffer.from('text'));
    every.onComplete(raw('X-T', 'end'));
    const error = new Error('broken');
    every.onError(error);
    const headers = { 'x-a': 'é', 'x-b': ['1', '2'] };
    expect(told).toEqual(['start', [200, headers, 'OK'], 'text', { 'x-t': 'end' }, error]);
  });

  it('pauses undici 6 by what it returns, and goes on when it is told to', () => {
    const { handler, control } = newHandler();
    const every = new EveryStyle(handler);
    const resume = jest.fn();
    every.onConnect(() => undefined, null);
    expect(every.onHeaders(200, [], resume)).toBe(true);
    control().pause();
    expect(every.onData(Buffer.from('a'))).toBe(false);
    control().resume();
    control().resume();
    expect(resume).toHaveBeenCalledTimes(1);
    expect(every.onData(Buffer.from('b'))).toBe(true);
  });

  it('aborts a request of undici 6 once', () => {
    const { handler, control } = newHandler();
    const abort = jest.fn();
    new EveryStyle(handler).onConnect(abort, null);
    const reason = new Error('enough');
    control().abort(reason);
    control().abort(new Error('again'));
    expect(abort.mock.calls).toEqual([[reason]]);
    expect(control()).toMatchObject({ aborted: true, reason });
  });
});

describe('a handler of undici 6', () => {
  it('is told in its own style, and pauses by what it returns', () => {
    const told: unknown[] = [];
    const controller = { pause: jest.fn(), resume: jest.fn(), abort: jest.fn() };
    const handler = inNewStyle({
      onConnect: (abort: (reason: Error) => void) => abort(new Error('enough')),
      onHeaders: (status: number, headers: Buffer[], resume: () => void) => {
        told.push(status, headers.map(String));
        resume();
        return false;
      },
      onData: () => false,
      onComplete: (trailers: Buffer[]) => void told.push(trailers.map(String)),
      onError: (error: Error) => void told.push(error.message),
    });
    const control = controller as unknown as Dispatcher.DispatchController;
    handler.onRequestStart?.(control, {});
    handler.onResponseStart?.(control, 200, { 'set-cookie': ['a', 'b'] });
    handler.onResponseData?.(control, Buffer.from('text'));
    handler.onResponseEnd?.(control, { t: '1' });
    handler.onResponseError?.(control, new Error('broken'));
    expect(told).toEqual([200, ['set-cookie', 'a', 'set-cookie', 'b'], ['t', '1'], 'broken']);
    const calls = [controller.abort, controller.resume, controller.pause].map(
      ({ mock }) => mock.calls.length,
    );
    expect(calls).toEqual([1, 1, 2]);
  });

  it('of a newer version is left alone', () => {
    const { handler } = newHandler();
    expect(inNewStyle(handler)).toBe(handler);
  });
});

it('headers survive the way there and back, whatever their names', () => {
  const entries: [string, string | string[]][] = [
    ['__proto__', 'a'],
    ['constructor', 'b'],
    ['set-cookie', ['c', 'd']],
  ];
  expect(Object.entries(parsedHeaders(rawHeaders(Object.fromEntries(entries))))).toEqual(entries);
  // a mock of undici 6 has an array for several values
  expect({ ...parsedHeaders(['A', ['1', Buffer.from('2')]]) }).toEqual({ a: ['1', '2'] });
});
