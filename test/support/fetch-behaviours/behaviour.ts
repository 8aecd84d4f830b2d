import { types } from 'node:util';
import type { Arrived, Behaviour as Answer, FaultServer } from '../fault-server/fault-server.js';

/** A function that is asked like the global `fetch`. */
export type Ask = typeof globalThis.fetch;

/** How our fetch differs from the one of Node, and why. */
export interface Difference {
  readonly fetch: string;
  readonly ours: string;
  readonly reason: string;
  /** True if some versions of Node do as we do. */
  readonly isOfSomeVersions?: boolean;
}

/** One behaviour of `fetch`: what is asked, and what is compared. */
export interface FetchBehaviour {
  readonly name: string;
  /** The answers of the server in their order; the last one goes on. Default: an empty 200. */
  readonly script?: readonly Answer[];
  /** Asks, and returns what the two functions must have in common. */
  readonly run: (ask: Ask, upstream: FaultServer) => Promise<unknown>;
  /** Absent where there is none. */
  readonly differs?: Difference;
}

/** The last request that arrived. */
export function lastOf({ arrived }: FaultServer): Arrived | undefined {
  return arrived[arrived.length - 1];
}

/** The last request as far as a caller has said what it is. */
export function sentTo(upstream: FaultServer, ...headers: string[]): unknown {
  const { method, path, body, headers: all } = lastOf(upstream) ?? {};
  return { method, path, body, headers: headers.map((name) => all?.[name]) };
}

/** How a promise ends: with its value, or with the kind of its error. */
export async function endOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    return { resolves: await promise };
  } catch (error) {
    return isError(error) ? { rejects: error.name } : { rejectsWith: error };
  }
}

/** Also one of Node's own context, beside that of the tests. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

/** The answer as its reader sees it. */
export async function readAll(response: Response): Promise<unknown> {
  const { status, statusText, ok, type, redirected } = response;
  return { status, statusText, ok, type, redirected, text: await response.text() };
}
