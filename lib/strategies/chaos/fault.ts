import type { Duration } from '../../policy/duration.js';

/** The head of an HTTP answer that no server has given. @public */
export interface InjectedAnswer {
  /** From 400 to 599. */
  status: number;
  /** Names and values, such as `{ 'retry-after': '2' }`. Default: none. */
  headers?: Readonly<Record<string, string | number>> | undefined;
}

/** The members of every fault. @public */
export interface FaultBase {
  /** The share of attempts that it meets, from 0 to 1. Default 1. */
  rate?: number | undefined;
}

/** An attempt fails instead of running its body. @public */
export interface ErrorFault extends FaultBase {
  /** Tells the faults apart. */
  kind: 'error';
  /**
   * A code such as `'ECONNRESET'`, which makes the error that Node makes; a status from 400 to 599, or a status with headers, which
   * is an answer over HTTP and an error with `status` and `headers` elsewhere; or a function that returns the error.
   */
  error: string | number | InjectedAnswer | (() => unknown);
}

/** An attempt waits before its body runs. @public */
export interface LatencyFault extends FaultBase {
  /** Tells the faults apart. */
  kind: 'latency';
  /** The wait, or the range from which it is drawn. */
  delay: Duration | readonly [from: Duration, to: Duration];
}

/** An attempt ends with a value instead of running its body. @public */
export interface ResultFault extends FaultBase {
  /** Tells the faults apart. */
  kind: 'result';
  /** Returns the value, or its promise. Over HTTP it is the body of an answer 200. */
  result: () => unknown;
}

/** An attempt hangs until it is aborted: by its time limit, by the caller, or by the end of the application. @public */
export interface HangFault extends FaultBase {
  /** Tells the faults apart. */
  kind: 'hang';
}

/** A fault that is injected into attempts. @public */
export type Fault = ErrorFault | LatencyFault | ResultFault | HangFault;

/** The way in which an attempt is disturbed. @public */
export type FaultKind = Fault['kind'];

/** A fault that has been checked: delays are milliseconds, header names are in lower case, and a rate is there. */
export type CheckedFault =
  | { readonly kind: 'error'; readonly rate: number; readonly error: CheckedError }
  | { readonly kind: 'latency'; readonly rate: number; readonly delay: readonly [from: number, to: number] }
  | { readonly kind: 'result'; readonly rate: number; readonly result: () => unknown }
  | { readonly kind: 'hang'; readonly rate: number };

/** The error of a fault that has been checked. */
export type CheckedError =
  string | (() => unknown) | { readonly status: number; readonly headers: Readonly<Record<string, string>> };
