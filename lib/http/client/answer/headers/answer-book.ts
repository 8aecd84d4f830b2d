import { isOptionsObject } from '../../../../policy/layers.js';
import { LruMap } from '../../../../strategies/lru-map.js';
import { AnswerPolicy } from './answer-policy.js';
import type { AnswerRecord, OwnTimes } from './answer-policy.js';

/** The facts of an answer that has come for a client that judges by headers. */
export interface AnswerFacts {
  readonly policy: AnswerPolicy;
  /** Its whole key: with the headers by which it says that it varies. */
  readonly key: unknown;
  /** The bytes of its body. */
  readonly size: number;
}

/** The clocks of the application. */
export interface BookClock {
  readonly now: () => number;
  readonly wallNow: () => number;
}

const NO_NAMES: readonly string[] = [];

/** URLs whose headers are remembered by which their answers vary. */
const MOST_URLS = 10_000;

/** The knowledge of its answers that a client has, where these say themselves how they may be used. */
export class AnswerBook {
  private readonly facts = new WeakMap<object, AnswerFacts>();
  /** By method and URL: the names of the headers by which the latest answer varies (RFC 9111 §4.1). */
  private readonly varying = new LruMap<{ names: readonly string[] }>({
    maxKeys: MOST_URLS,
    idleTtl: Infinity,
    mayExpire: () => true,
  });

  constructor(private readonly clock: BookClock) {}

  factsOf(answer: unknown): AnswerFacts | undefined {
    return typeof answer === 'object' && answer !== null ? this.facts.get(answer) : undefined;
  }

  note(answer: object, facts: AnswerFacts): void {
    this.facts.set(answer, facts);
  }

  /** The headers by which answers of a place vary, as far as it has told. */
  varyingOf(place: string): readonly string[] {
    const known = this.varying.peek(place);
    return known ? this.varying.obtain(place, 0, () => known).names : NO_NAMES;
  }

  /** Notes by which headers the latest answer of a place varies; one that does not vary needs no memory. */
  learn(place: string, names: readonly string[]): void {
    if (names.length === 0) this.varying.delete(place);
    else this.varying.obtain(place, 0, () => ({ names })).names = names;
  }

  get now(): number {
    return this.clock.now();
  }

  get wallNow(): number {
    return this.clock.wallNow();
  }

  policyOf(record: AnswerRecord, own: OwnTimes): AnswerPolicy {
    return new AnswerPolicy(record, own, this.clock.now);
  }

  /** The record of an answer as it may leave the process. */
  written({ policy: { record } }: AnswerFacts): object {
    return { ...record, askedAt: record.askedAt - this.now + this.wallNow };
  }

  /** The record of an answer that was kept outside of the process; undefined for anything else. */
  read(written: unknown): AnswerRecord | undefined {
    if (!isOptionsObject(written)) return undefined;
    const { method, status, headers, askedAt, isShared, isAuthorized, isRedirected } = written;
    const areFlags = [isShared, isAuthorized, isRedirected].every((flag) => typeof flag === 'boolean');
    const areTexts =
      isOptionsObject(headers) && Object.values(headers).every((one) => typeof one === 'string');
    const isWhole = typeof method === 'string' && typeof status === 'number' && areTexts;
    if (!isWhole || !areFlags || !Number.isFinite(askedAt)) return undefined;
    const { now, wallNow } = this;
    // one from the future would be fresh for longer than it says
    return { ...written, askedAt: Math.min((askedAt as number) - wallNow + now, now) } as AnswerRecord;
  }
}
