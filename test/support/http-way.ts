import type { Socket } from 'node:net';
import { classifyFailure, ResilientHttpService, UpstreamHttpException } from 'nestjs-breakwater';
import type { AttemptContext, HttpClientOptions, PolicyOptions } from 'nestjs-breakwater';
import { startApplicationOn } from './application.js';
import { answer, answerJson, FaultServer } from './fault-server/fault-server.js';
import type { Arrived } from './fault-server/fault-server.js';
import type { Run, Start } from './strategy-ways.js';
import { SocketClock, Traffic } from './traffic.js';

/** The keys that a case may use. */
const KEYS = [undefined, 'a', 'b'];

type Work = Parameters<Run>[0];

/** What work has thrown on the server's side, by the number that its answer carries. */
const thrown: unknown[] = [];

/** What a call's work has thrown: itself, or what an answer of the HTTP way stands for. */
export function causeOf(error: unknown): unknown {
  if (!(error instanceof UpstreamHttpException)) return error;
  const { 'x-thrown': number } = error.upstreamHeaders as Record<string, string>;
  return number === undefined ? error : thrown[Number(number)];
}

type Response = { status?: number; headers?: Record<string, string> };

/** The answer of a server on which this was thrown: whether it may pass by itself has to be seen from its status. */
function failed(error: unknown): ReturnType<typeof answer> {
  const { response, ...own } = Object(error) as Response & { response?: Response };
  const { status, headers } = response ?? own;
  const byKind = classifyFailure(error) === 'permanent' ? 400 : 500;
  return answer(status ?? byKind, '', { ...headers, 'x-thrown': thrown.push(error) - 1 });
}

/** A server that runs the work of a call for each request of it. */
class WorkServer {
  readonly works: Work[] = [];
  private readonly attempts: number[] = [];

  constructor(private readonly traffic: Traffic) {}

  readonly serve = (socket: Socket, request: Arrived): void => {
    const gone = new AbortController();
    const leave = this.traffic.arrive(socket, () => gone.abort());
    void this.work(Number(request.headers['x-call']), gone.signal).then((respond) => {
      // whoever has left does not hear the answer
      if (gone.signal.aborted) return;
      leave();
      respond(socket, request);
    });
  };

  private async work(call: number, signal: AbortSignal) {
    const attempt = (this.attempts[call] = (this.attempts[call] ?? 0) + 1);
    try {
      // an upstream knows its caller by what it does: how often it comes, and whether it is still there
      return answerJson(200, await this.works[call]?.({ attempt, signal } as AttemptContext));
    } catch (error) {
      return failed(error);
    }
  }
}

/** The client's own defaults are off: it has what the policy has, by origin instead of by key. */
function clientOf({ circuitBreaker, ...policy }: PolicyOptions): HttpClientOptions {
  const circuit = circuitBreaker && { ...circuitBreaker, key: undefined };
  // the answers of a client have keys of their own
  const shared = policy as Omit<PolicyOptions, 'cache' | 'coalesce'>;
  return { timeout: false, retry: false, ...shared, circuitBreaker: circuit ?? false };
}

/** Each attempt is a request over a real socket, for which a server runs the work; each key is a server of its own. */
export const overHttp: Start = async (policy, options) => {
  const traffic = new Traffic();
  const upstream = new WorkServer(traffic);
  const servers = await Promise.all(KEYS.map(() => FaultServer.start()));
  for (const server of servers) server.play(upstream.serve);
  const urlOf = (key: string | undefined) => servers[KEYS.indexOf(key)]?.url ?? `no server for ${key}`;
  const app = await startApplicationOn(new SocketClock(traffic), { ...options, http: clientOf(policy) });
  const http = app.module.get(ResilientHttpService);
  const run: Run = async (work, { key, signal } = {}) => {
    const headers = { 'x-call': String(upstream.works.push(work) - 1) };
    try {
      const result: unknown = await http.get(urlOf(key), { headers, signal });
      return result instanceof Object && 'data' in result ? result.data : result;
    } catch (error) {
      throw causeOf(error);
    }
  };
  return {
    ...app,
    run,
    nameOf: (key) => `http[${urlOf(key)}]`,
    passesAttempts: true,
    settle: () => traffic.settle(),
    stop: async () => {
      await app.module.close();
      await Promise.all(servers.map((server) => server.stop()));
      traffic.stop();
    },
  };
};
