import type { Clock } from '../../clock/clock.js';
import { SharedTimer } from '../../clock/shared-timer.js';
import type { Alarm } from '../../strategies/rate-limit/rate-limit.js';

/** Rings at a moment; the strategies that want to be woken touch no timer themselves. */
export class AlarmClock implements Alarm {
  private readonly timer: SharedTimer;

  constructor(clock: Clock, ring: () => void) {
    this.timer = new SharedTimer(clock, ring);
  }

  set(at: number): void {
    if (at !== this.timer.ringsAt || this.timer.isLost) this.timer.arm(at);
  }

  clear(): void {
    this.timer.cancel();
  }
}
