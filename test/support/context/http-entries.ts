import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import axios from 'axios';
import { axiosTransport, fetchTransport, ResilientHttpService } from 'nestjs-breakwater';
import type { HttpClientOptions, HttpTransport, PolicyOptions } from 'nestjs-breakwater';
import { startApplicationOn } from '../application.js';
import { answer, FaultServer } from '../fault-server/fault-server.js';
import type { Arrived, Behaviour } from '../fault-server/fault-server.js';
import { SocketClock } from '../traffic.js';
import type { CallOptions, Entry } from './entries.js';
import type { Stage, Step } from './stage.js';

/** Turns of the event loop in a row without traffic, after which sockets count as at rest. */
const QUIET_TURNS = 5;

/** Counts what is on its way between a client and a server of this process. */
class Wire {
  private sent = 0;
  private arrived = 0;
  private answered = 0;
  private heard = 0;

  readonly send = () => void this.sent++;
  readonly arrive = () => void this.arrived++;
  readonly answer = () => void this.answered++;
  readonly hear = () => void this.heard++;

  /** Waits until every request has arrived and every answer was heard, or was left by its caller. */
  async settle(): Promise<void> {
    const end = performance.now() + 500;
    for (let quiet = 0; quiet < QUIET_TURNS && performance.now() < end;) {
      await new Promise((resolve) => setImmediate(resolve));
      quiet = this.sent === this.arrived && this.answered === this.heard ? quiet + 1 : 0;
    }
  }
}

/** What a transport tells of each request that it sends. */
type Told = (owner: string, signal?: AbortSignal) => void;

interface Way {
  readonly transport?: HttpTransport;
  readonly stop?: () => void;
}

const ownerIn = (url: string) => new URL(url, 'http://localhost').pathname.slice(1);

/** undici says in a diagnostics channel which request it creates; tracers of OpenTelemetry listen there too. */
function overUndici(told: Told): Way {
  const channel = 'undici:request:create';
  const listener = (message: unknown) =>
    told(ownerIn((message as { request: { path: string } }).request.path));
  subscribe(channel, listener);
  return { stop: () => unsubscribe(channel, listener) };
}

function overFetch(told: Told): Way {
  const transport = fetchTransport((url, init) => {
    told(ownerIn(url), init?.signal ?? undefined);
    return fetch(url, init);
  });
  return { transport };
}

function overAxios(told: Told): Way {
  const instance = axios.create({ proxy: false });
  instance.interceptors.request.use((config) => {
    told(ownerIn(config.url as string), config.signal as AbortSignal);
    return config;
  });
  return { transport: axiosTransport(instance) };
}

const STATUS = { fine: 200, slow: 200, stream: 200, poor: 202, fail: 500 };

/** Answers a request as the step of its call says; the client runs the user code, the server only the script. */
function serve(stage: Stage, wire: Wire, steps: Map<string, Step>): Behaviour {
  return (socket: Socket, request: Arrived) => {
    wire.arrive();
    const step = steps.get(ownerIn(request.path)) ?? 'fine';
    if (step === 'hang') return;
    const respond = () => {
      if (socket.destroyed) return;
      wire.answer();
      answer(STATUS[step])(socket, request);
    };
    if (step === 'slow') stage.clock?.setTimeout(respond, 20);
    else respond();
  };
}

/** The strategies of a row, and nothing of the client's own. */
const clientOf = (policy: PolicyOptions): HttpClientOptions => ({
  timeout: false,
  retry: false,
  circuitBreaker: false,
  ...(policy as HttpClientOptions),
});

/** Each attempt is a request to a server on loopback; its user code is what the transport lets users add. */
function http(wayOf: (told: Told) => Way): Entry['start'] {
  return async (stage, policy) => {
    const server = await FaultServer.start();
    const wire = new Wire();
    const steps = new Map<string, Step>();
    server.play(serve(stage, wire, steps));
    const clock = new SocketClock(wire);
    stage.clock = clock;
    const way = wayOf((owner, signal) => {
      wire.send();
      steps.set(owner, stage.next(owner));
      stage.listen(signal, owner);
    });
    const transport = way.transport && { transport: way.transport };
    const app = await startApplicationOn(clock, { http: { ...clientOf(policy), ...transport } });
    const client = app.module.get(ResilientHttpService);
    const call = (user: string, { signal }: CallOptions) => {
      const validateStatus = (status: number) => {
        wire.hear();
        stage.see('validateStatus', user);
        return status < 300;
      };
      const url = `${server.url}/${user}`;
      return { ended: client.get(url, { signal, validateStatus }).catch((error: unknown) => error) };
    };
    const stop = async () => {
      await app.module.close();
      way.stop?.();
      await server.stop();
    };
    return { app, call, stop };
  };
}

export const undiciEntry = http(overUndici);
export const fetchEntry = http(overFetch);
export const axiosEntry = http(overAxios);
