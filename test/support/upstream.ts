import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What the upstream has seen and done. */
export interface UpstreamJournal {
  readonly total: number;
  readonly requests: Record<string, number>;
  readonly faults: Record<string, number>;
  readonly charges: { executed: number; replayed: number; ordersChargedTwice: string[] };
}

/** The sample's upstream as a real second process. */
export class Upstream {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(): Promise<Upstream> {
    const path = fileURLToPath(new URL('../../dist/sample-app/upstream/main.js', import.meta.url));
    const child = fork(path, { env: { ...process.env, UPSTREAM_PORT: '0' }, execArgv: [] });
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return new Upstream(child, `http://127.0.0.1:${port}`);
  }

  async misbehave(faults: { mix?: Record<string, number>; outage?: number }): Promise<void> {
    await fetch(`${this.url}/faults`, { method: 'PUT', body: JSON.stringify(faults) });
  }

  async journal(): Promise<UpstreamJournal> {
    return (await (await fetch(`${this.url}/journal`)).json()) as UpstreamJournal;
  }

  async clearJournal(): Promise<void> {
    await fetch(`${this.url}/journal`, { method: 'DELETE' });
  }

  /** Asks again and again; returns the milliseconds until the answer is yes. Real time: the outage is real. */
  async until(isTrue: () => Promise<boolean>): Promise<number> {
    const started = performance.now();
    while (!(await isTrue())) {
      if (performance.now() - started > 20_000) throw new Error('it did not happen within 20 s');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return performance.now() - started;
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exited;
  }
}
