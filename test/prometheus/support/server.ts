import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** A rule, as the server tells of it. */
export interface EvaluatedRule {
  readonly name: string;
  readonly health: string;
  readonly state: string;
}

/** A running server of Prometheus. */
export interface PrometheusServer {
  /** The samples that an expression has now; throws for one that the server refuses. */
  query(expression: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]>;
  rules(): Promise<EvaluatedRule[]>;
  stop(): Promise<void>;
}

const pause = (ms: number) => new Promise((go) => setTimeout(go, ms));

/** Waits for something real; fails after half a minute. */
export async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 30_000;
  while (!(await isTrue().catch(() => false))) {
    if (performance.now() > end) throw new Error('it did not happen within 30 s');
    await pause(200);
  }
}

/** A port that is free now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const configOf = (target: number) => `
global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: ['${resolve('prometheus/breakwater.rules.yml')}']
scrape_configs:
  - job_name: shop
    static_configs: [{ targets: ['127.0.0.1:${target}'] }]
`;

/** Serves an exposition on loopback; returns its port, and the function that ends it. */
export async function serve(text: () => string): Promise<{ port: number; stop: () => Promise<unknown> }> {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end(text());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { port: (server.address() as AddressInfo).port, stop };
}

/** Starts a server that scrapes a port once a second, with the alerts of the package. */
export async function startPrometheus(target: number): Promise<PrometheusServer> {
  const folder = await mkdtemp(join(tmpdir(), 'breakwater-prometheus-'));
  const config = join(folder, 'prometheus.yml');
  await writeFile(config, configOf(target));
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    'prometheus',
    [`--config.file=${config}`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=${address}`],
    { stdio: 'ignore' },
  );
  const get = async <T>(path: string) => {
    const response = await fetch(`http://${address}/api/v1/${path}`);
    const { status, data, error } = (await response.json()) as { status: string; data: T; error?: string };
    if (status !== 'success') throw new Error(error);
    return data;
  };
  return {
    query: async (expression) =>
      (await get<{ result: [] }>(`query?query=${encodeURIComponent(expression)}`)).result,
    rules: async () =>
      (await get<{ groups: { rules: EvaluatedRule[] }[] }>('rules')).groups.flatMap(({ rules }) => rules),
    stop: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
      await rm(folder, { recursive: true });
    },
  };
}
