import type { ShutdownSignal } from '../../../pipeline/abort/shutdown-signal.js';
import type { CallFigures } from '../../../telemetry/call-figures.js';
import type { HttpTransport, PreparedRequest } from '../../transport.js';
import type { Endpoint } from '../../endpoints/endpoint.js';
import type { IdleDeps } from '../../response/idle-deadline.js';
import type { RetryAfterOf } from '../answer/response.js';
import type { ServerRateLimit } from '../pipelines/server-rate-limit.js';
import type { SlotFamily } from '../pipelines/slot-family.js';

/** The part of its client that a call uses. */
export interface CallDeps {
  readonly transport: HttpTransport;
  readonly pace: ServerRateLimit | undefined;
  /** The slots of the client's own connections, where requests go over them. */
  readonly slots: SlotFamily | undefined;
  /** The counters of the client; undefined if nothing is counted. */
  readonly figures: () => CallFigures | undefined;
  readonly keyOf: (request: PreparedRequest) => string;
  /** False if a function of the user's makes the keys of circuits. */
  readonly isKeyedByOrigin: () => boolean;
  /** The milliseconds for which a failed answer asks to be left alone, as far as the client obeys. */
  readonly askedDelayOf: (answer: unknown) => number | undefined;
  /** The endpoint of an origin, if it is one of the client's. */
  readonly endpointOf: ((origin: string) => Endpoint | undefined) | undefined;
  /** The clock and the deadlines that end a streamed body which stalls. */
  readonly timing: () => IdleDeps;
  /** The end of the application, which ends streamed bodies. */
  readonly shutdown: ShutdownSignal;
  readonly retryAfterOf: RetryAfterOf;
  /** Takes away the kept answers of reads that a change has made wrong. */
  readonly outdate: (reads: readonly PreparedRequest[]) => void;
  /** Monotonic milliseconds, for hooks. */
  readonly now: () => number;
}
