import type { Clock } from '../../clock/clock.js';
import type { Alarm } from '../../strategies/rate-limit/rate-limit.js';

/** Rings at a moment; the strategies that want to be woken touch no timer themselves. */
export class AlarmClock implements Alarm {
  private timer: unknown;
  private at = Infinity;

  constructor(
    private readonly clock: Clock,
    private readonly ring: () => void,
  ) {}

  set(at: number): void {
    if (at === this.at) return;
    this.clear();
    this.at = at;
    this.timer = this.clock.setTimeout(this.onTimer, Math.max(0, at - this.clock.now()));
  }

  clear(): void {
    if (this.at === Infinity) return;
    this.clock.clearTimeout(this.timer);
    this.at = Infinity;
  }

  private readonly onTimer = (): void => {
    this.at = Infinity;
    this.ring();
  };
}
