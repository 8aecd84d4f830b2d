import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from 'nestjs-breakwater';

/** The callers whose calls overlap; their calls begin 3 ms apart. */
export const USERS = ['alice', 'bob', 'carol'] as const;
/** The user whose calls and acts come in between. */
export const STRANGER = 'mallory';
/** Milliseconds between the first calls of two users. Every duration of a row is a multiple of 10 ms. */
export const APART = 3;

/** How a run of user code ends: `slow` takes 20 ms, `poor` is a result that a row refuses, `stream` yields and then hangs. */
export type Step = 'fine' | 'fail' | 'hang' | 'slow' | 'poor' | 'stream';

/** Reports that a piece of user code runs; `subject` names the call, or has an owner. */
export type See = (code: string, subject?: unknown) => void;

/** A failure that remembers its call. */
export class OwnedError extends Error {
  constructor(readonly owner: string) {
    super(`no answer for ${owner}`);
  }
}

interface Sighting {
  readonly code: string;
  readonly owner: string;
  readonly store: string;
}

/** The call that something belongs to: a user's name, an error, a URL with the name as its path. */
function ownerOf(subject: unknown): string | undefined {
  if (typeof subject === 'string') return subject;
  const { owner, url } = Object(subject) as { owner?: string; url?: string | URL };
  return owner ?? (url === undefined ? undefined : new URL(url).pathname.slice(1));
}

/** The context of each user's calls: one for all rows, because every `AsyncLocalStorage` slows each promise down. */
const users = new AsyncLocalStorage<string>();

/** Remembers which async context each piece of user code has run in, and which call it belonged to. */
export class Stage {
  readonly users = users;
  private readonly sightings: Sighting[] = [];
  private readonly runs = new Map<string, number>();
  clock: Clock | undefined;

  constructor(
    private readonly script: readonly Step[],
    /** True if the user code of an attempt listens to its signal. */
    readonly listens: boolean,
  ) {}

  readonly see: See = (code, subject) => {
    const owner = ownerOf(subject) ?? this.ownerOfThisMoment();
    this.sightings.push({ code, owner, store: this.users.getStore() ?? 'no call' });
  };

  /** Runs a function as a user whose call is not concerned. */
  asStranger<T>(run: () => T): T {
    return this.users.run(STRANGER, run);
  }

  /** Begins a run of user code for a call; returns how it ends. The last step of the script goes on for ever. */
  next(owner: string): Step {
    const run = (this.runs.get(owner) ?? 0) + 1;
    this.runs.set(owner, run);
    this.see(`attempt ${run}`, owner);
    return this.script[Math.min(run, this.script.length) - 1] ?? 'fine';
  }

  /** Listens to an abort, where the row wants that. */
  listen(signal: AbortSignal | undefined, owner: string): void {
    if (this.listens) signal?.addEventListener('abort', () => this.see('abort listener', owner));
  }

  /** Who ran a piece of code, as `alice's as alice`: each pair once, in order. */
  of(code: string): string[] {
    const seen = this.sightings.filter((sighting) => sighting.code === code);
    return [...new Set(seen.map(({ owner, store }) => `${owner}’s in the context of ${store}`))].sort();
  }

  /** Calls begin 3 ms apart and all waits are multiples of 10 ms: the last digit of the time tells the call. */
  private ownerOfThisMoment(): string {
    const digit = (this.clock?.now() ?? 0) % 10;
    return USERS[digit / APART] ?? `nobody at ${digit}`;
  }
}

/** What `Stage.of` says if each piece of user code has run in the context of its own call. */
export const inOwnContexts: string[] = USERS.map((user) => `${user}’s in the context of ${user}`);
