import type { WrappedCall } from '../../strategies/call-wrapper.js';
import { recover } from '../around/through.js';
import type { Attempt } from '../attempt-context.js';
import { argumentsWith } from '../operation.js';
import type { Method } from '../operation.js';
import { UNSUBSCRIBED } from './observable-method.js';
import { StreamMethod } from './stream-method.js';
import type { FirstResult } from './stream-method.js';

/** A method that returns an AsyncIterable: iterating it is one call, whose attempts iterate the method's own. */
export class IterableMethod extends StreamMethod {
  invoke(method: Method, self: unknown, args: unknown[]): AsyncGenerator<unknown> {
    return this.iterate(method, self, args);
  }

  /** The items of a call; the first result is used once, in the place of the first run of the method. */
  async *iterate(
    method: Method,
    self: unknown,
    args: unknown[],
    firstResult?: FirstResult,
  ): AsyncGenerator<unknown> {
    const handover = new Handover();
    const bare = this.operationOf({ method, self, args }, firstResult);
    const source = (attempt: Attempt): unknown =>
      firstResult && attempt.attempt === 1
        ? firstResult.result
        : method.apply(self, argumentsWith(bare, attempt));
    const call = this.open({
      ...bare,
      makeAttempt: (attempt, _, answer) =>
        pass(answer ? () => itemsOf(answer()) : () => source(attempt), attempt, handover),
    });
    const first = handover.take();
    call.run(
      () => handover.end({ done: true }),
      (error, wrapped) => handover.end({ done: true, failure: this.recovered(error, wrapped) }),
    );
    try {
      for (let item = await first; ; item = await handover.take()) {
        if (!item.done) yield item.value;
        else if (!item.failure) return;
        else return void (yield* itemsOf(item.failure()));
      }
    } finally {
      call.leave(UNSUBSCRIBED);
    }
  }

  /** The answer in the place of a stream that has failed; throws the error where there is none. */
  private recovered(error: unknown, call: WrappedCall): () => unknown {
    try {
      const answer = recover(this.pipeline.wrappers, error, call);
      return () => answer;
    } catch (thrown) {
      return () => {
        throw thrown;
      };
    }
  }
}

type Item =
  | { readonly done: false; readonly value: unknown }
  | { readonly done: true; readonly failure?: () => unknown };

/** Passes items from the source to the consumer: the next one is asked for when the last one has been taken. */
class Handover {
  private give: ((item: Item) => void) | undefined;
  private resume: (() => void) | undefined;
  private last: Item | undefined;

  /** Resolves when the consumer asks for the next item. */
  put(value: unknown): Promise<void> {
    return new Promise((resolve) => {
      this.resume = resolve;
      this.give?.({ done: false, value });
    });
  }

  end(item: Item): void {
    this.last = item;
    this.give?.(item);
  }

  take(): Promise<Item> {
    const { last } = this;
    if (last) return Promise.resolve(last);
    return new Promise((resolve) => {
      this.give = resolve;
      this.resume?.();
    });
  }
}

/** One attempt: passes items on as they are asked for, and ends with the source. */
async function pass(source: () => unknown, attempt: Attempt, handover: Handover): Promise<void> {
  const iterator = (source() as AsyncIterable<unknown>)[Symbol.asyncIterator]();
  const leave = () => leaveIterator(iterator);
  attempt.onAbort(leave);
  let isWanted = false;
  for (let item = await iterator.next(); !item.done; item = await iterator.next()) {
    isWanted ||= attempt.answer();
    if (!isWanted) return leave();
    await handover.put(item.value);
  }
}

/** Ends the source, as the consumer wants no more items, and ignores its errors. */
export function leaveIterator(iterator: AsyncIterator<unknown>): void {
  const leave = async () => void (await iterator.return?.());
  leave().catch(() => undefined);
}

/** An answer in the place of a stream: another one, or one item. */
async function* itemsOf(answer: unknown): AsyncGenerator<unknown> {
  const isIterable = typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer;
  if (isIterable) yield* answer as AsyncIterable<unknown>;
  else yield await answer;
}
