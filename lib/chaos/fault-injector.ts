import { emitEvent } from '../events/emit-event.js';
import type {
  BodyAnswer,
  BodyAttempt,
  BodyInterceptor,
  InterceptedCall,
  Interception,
} from '../strategies/body-interceptor.js';
import type { ChaosHost } from '../strategies/chaos/chaos-source.js';
import type { CheckedFault } from '../strategies/chaos/fault.js';
import { errorWithCode, errorWithStatus, markInjected } from './injected-error.js';

type Services = Pick<ChaosHost, 'clock' | 'events' | 'random' | 'isClosing'>;

/** Injects faults into the attempts of a pipeline: the first that draws an attempt meets it. */
export class FaultInjector implements BodyInterceptor {
  /** @param isOver - true once the faults have ended */
  constructor(
    private readonly faults: readonly CheckedFault[],
    private readonly host: Services,
    private readonly isOver: () => boolean = () => false,
  ) {}

  intercept(): Interception | undefined {
    const { host } = this;
    if (host.isClosing || this.isOver()) return undefined;
    const fault = this.faults.find(({ rate }) => host.random() < rate);
    return fault && new Injection(fault, host);
  }
}

/** One fault that meets one attempt. */
class Injection implements Interception {
  constructor(
    private readonly fault: CheckedFault,
    private readonly host: Services,
  ) {}

  async run(attempt: BodyAttempt, call: InterceptedCall): Promise<BodyAnswer | undefined> {
    const { fault, host } = this;
    call.figures?.countInjection(fault.kind);
    emitEvent('chaos.injected', call, host, { kind: fault.kind, attempt: attempt.attempt });
    switch (fault.kind) {
      case 'error':
        return answerOf(fault.error);
      case 'result':
        return resultOf(fault.result);
      case 'latency':
        return this.wait(attempt, fault.delay);
      case 'hang':
        return new Promise((_, reject) => attempt.onAbort(reject));
    }
  }

  mark(error: unknown): void {
    markInjected(error);
  }

  /** Waits for a time within the range; an abort ends the wait. */
  private wait(attempt: BodyAttempt, [from, to]: readonly [number, number]): Promise<undefined> {
    const { clock, random } = this.host;
    return new Promise((resolve, reject) => {
      const delay = from === to ? from : from + random() * (to - from);
      const timer = clock.setTimeout(() => resolve(undefined), delay);
      attempt.onAbort((reason) => {
        clock.clearTimeout(timer);
        reject(reason);
      });
    });
  }
}

/** The result of a fault; an error of the function that gives it is injected, too. */
async function resultOf(result: () => unknown): Promise<BodyAnswer> {
  try {
    return { value: await result() };
  } catch (thrown) {
    return { error: markInjected(thrown) };
  }
}

/** The error of a fault; one that the function throws, instead of returning it, is as good. */
async function answerOf(error: Extract<CheckedFault, { kind: 'error' }>['error']): Promise<BodyAnswer> {
  if (typeof error === 'string') return { error: markInjected(errorWithCode(error)) };
  if (typeof error === 'object') return { error: markInjected(errorWithStatus(error)), http: error };
  try {
    return { error: markInjected(await error()) };
  } catch (thrown) {
    return { error: markInjected(thrown) };
  }
}
