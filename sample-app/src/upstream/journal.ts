/** What arrived at the upstream, and what it has done. */
export class Journal {
  private readonly requests = new Map<string, number>();
  private readonly faults = new Map<string, number>();
  /** Executed charges by idempotency key; a known key is answered again and not executed again. */
  private readonly charges = new Map<string, { order: string; seen: number }>();

  request(what: string): void {
    this.requests.set(what, (this.requests.get(what) ?? 0) + 1);
  }

  fault(what: string): void {
    this.faults.set(what, (this.faults.get(what) ?? 0) + 1);
  }

  /** Executes a charge, unless one was executed under this key. */
  charge(key: string, order: string): void {
    const known = this.charges.get(key);
    if (known) known.seen++;
    else this.charges.set(key, { order, seen: 1 });
  }

  clear(): void {
    for (const map of [this.requests, this.faults, this.charges]) map.clear();
  }

  toJSON(): object {
    const orders = [...this.charges.values()].map(({ order }) => order);
    const twice = orders.filter((order, index) => orders.indexOf(order) !== index);
    const total = [...this.requests.values()].reduce((sum, count) => sum + count, 0);
    const replayed = [...this.charges.values()].reduce((sum, { seen }) => sum + seen - 1, 0);
    return {
      total,
      requests: Object.fromEntries(this.requests),
      faults: Object.fromEntries(this.faults),
      charges: { executed: orders.length, replayed, ordersChargedTwice: [...new Set(twice)] },
    };
  }
}
