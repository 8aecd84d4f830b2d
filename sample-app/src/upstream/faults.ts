/** How an upstream can misbehave. */
export type Fault = 'unavailable' | 'reset' | 'hang' | 'slow' | 'notFound';

/** Shares of the answers, 0 to 1; what is left works. */
export type FaultMix = Partial<Record<Fault, number>>;

const FAULTS: readonly Fault[] = ['unavailable', 'reset', 'hang', 'slow', 'notFound'];

/** Decides how each request is treated; switched while the upstream runs. */
export class Faults {
  private mix: FaultMix = {};
  private outageUntil = 0;

  /** @throws Error for an unknown fault or a share that is none */
  set({ mix, outage }: { mix?: FaultMix; outage?: number }): void {
    for (const [fault, share] of Object.entries(mix ?? {})) {
      if (!FAULTS.includes(fault as Fault))
        throw new Error(`unknown fault '${fault}', known: ${FAULTS.join(', ')}`);
      if (!(typeof share === 'number' && share >= 0 && share <= 1))
        throw new Error(`${fault}: expected a share from 0 to 1`);
    }
    if (mix) this.mix = mix;
    if (outage !== undefined) this.outageUntil = Date.now() + outage * 1000;
  }

  get isOut(): boolean {
    return Date.now() < this.outageUntil;
  }

  next(): Fault | undefined {
    let dice = Math.random();
    return FAULTS.find((fault) => (dice -= this.mix[fault] ?? 0) < 0);
  }

  toJSON(): object {
    return { mix: this.mix, outageForSeconds: Math.max(0, (this.outageUntil - Date.now()) / 1000) };
  }
}
