import type { Attempt } from '../attempt-context.js';
import { UNSUBSCRIBED } from './observable-method.js';
import type { Seed } from './observable-method.js';
import type { Pipeline } from '../pipeline.js';
import { argumentsWith } from '../operation.js';
import type { MethodHandler } from './wrap-method.js';
import type { Method, Operation } from '../operation.js';

/** A method that returns an AsyncIterable: iterating it is one call, whose attempts iterate the method's own. */
export class IterableMethod implements MethodHandler {
  constructor(private readonly pipeline: Pipeline) {}

  invoke(method: Method, self: unknown, args: unknown[]): AsyncGenerator<unknown> {
    return this.iterate(method, self, args);
  }

  /** The items of a call; a seed is used once, in the place of the first run of the method. */
  async *iterate(method: Method, self: unknown, args: unknown[], seed?: Seed): AsyncGenerator<unknown> {
    const { pipeline } = this;
    const handover = new Handover();
    const source = (attempt: Attempt): unknown =>
      seed && attempt.attempt === 1 ? seed.result : method.apply(self, argumentsWith(task, attempt));
    const task: Operation = {
      ...pipeline.taskOf(method, self, args),
      early: seed?.early,
      stream: (attempt) => pass(() => source(attempt), attempt, handover),
    };
    const call = pipeline.newCall(task);
    pipeline.budget?.countCall();
    const first = handover.take();
    pipeline.run(call).then(
      () => handover.end({ done: true }),
      (error: unknown) => handover.end({ done: true, failure: { error } }),
    );
    try {
      for (let item = await first; ; item = await handover.take()) {
        if (!item.done) yield item.value;
        else if (!item.failure) return;
        else return void (yield* itemsOf(pipeline.answerFor(item.failure.error, task)));
      }
    } finally {
      call.unsubscribe(UNSUBSCRIBED);
    }
  }
}

type Item =
  | { readonly done: false; readonly value: unknown }
  | { readonly done: true; readonly failure?: { readonly error: unknown } };

/** From hand to hand: the next item is asked for when the last one has been taken. */
class Handover {
  private give: ((item: Item) => void) | undefined;
  private goOn: (() => void) | undefined;
  private last: Item | undefined;

  /** Resolves when the consumer asks for the next item. */
  put(value: unknown): Promise<void> {
    return new Promise((resolve) => {
      this.goOn = resolve;
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
      this.goOn?.();
    });
  }
}

/** One attempt: passes items on as they are asked for, and ends with the source. */
async function pass(source: () => unknown, attempt: Attempt, handover: Handover): Promise<void> {
  const iterator = (source() as AsyncIterable<unknown>)[Symbol.asyncIterator]();
  const leave = () => void Promise.resolve(iterator.return?.()).catch(() => undefined);
  attempt.onAbort(leave);
  let isWanted = false;
  for (let item = await iterator.next(); !item.done; item = await iterator.next()) {
    isWanted ||= attempt.answer();
    if (!isWanted) return leave();
    await handover.put(item.value);
  }
}

/** What a fallback answers in the place of a stream: another one, or one item. */
async function* itemsOf(answer: unknown): AsyncGenerator<unknown> {
  const isIterable = typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer;
  if (isIterable) yield* answer as AsyncIterable<unknown>;
  else yield await answer;
}
