import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The upstream as a running process. */
export interface UpstreamProcess {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts the upstream as a second process; port 0 takes a free one. */
export async function startUpstream(port: number): Promise<UpstreamProcess> {
  const path = fileURLToPath(new URL('./upstream/main.js', import.meta.url));
  const child = fork(path, { env: { ...process.env, UPSTREAM_PORT: String(port) } });
  const [message] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() =>
      Promise.reject(new Error(`The upstream could not be started on port ${port}`)),
    ),
  ])) as [{ port: number }];
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  };
  return { url: `http://127.0.0.1:${message.port}`, stop };
}
