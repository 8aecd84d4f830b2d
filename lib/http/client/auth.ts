import type { Clock } from '../../clock/clock.js';
import { InvalidRequestException } from '../../exceptions/upstream.exceptions.js';
import { parseSpan } from '../../policy/duration.js';
import type { Duration } from '../../policy/duration.js';
import { checkLayer, isOptionsObject } from '../../policy/layers.js';
import { parsed } from '../../policy/rule.js';
import type { Rule } from '../../policy/rule.js';
import { callback } from '../../policy/rules.js';

/** A token, and for how long it may be used: milliseconds, or a text such as `'1h'`. Default: until a 401. @public */
export interface TokenWithLifetime {
  /** Sent behind the scheme. */
  readonly token: string;
  /** OAuth servers state seconds: `` `${expires_in}s` ``. */
  readonly expiresIn?: Duration | undefined;
}

/** Authorization of a client's requests, renewed when it is about to expire and after a 401. @public */
export interface HttpAuthOptions {
  /**
   * Asked once, and its answer is kept until the last 10 % of `expiresIn` (at most 60 s) or a 401. All calls under way share
   * one answer. It runs in the async context of the call that asks first, without a limit of its own; each call waits
   * for it within its attempt. After 30 s without an answer the next call asks again. What it throws is the error of the calls that
   * wait: retries judge it by its class, circuits do not hear of it.
   */
  token: () => string | TokenWithLifetime | Promise<string | TokenWithLifetime>;
  /** Word before the token; `''` for none. Default `'Bearer'`. */
  scheme?: string | undefined;
}

const SCHEME = /^[!#$%&'*+.^_`|~\dA-Za-z-]*$/;

const authRules = {
  token: callback<HttpAuthOptions['token']>(),
  scheme: parsed<string, string>('a word such as Bearer', 'Bearer', (value) =>
    typeof value === 'string' && SCHEME.test(value) ? value : undefined,
  ),
};

/** The rule of the option `auth`. */
export const authOption: Rule<HttpAuthOptions, HttpAuthOptions | undefined> = {
  expected: 'an object with token, a function, and optionally a scheme',
  fallback: undefined,
  check(value, path, problems) {
    const { token, scheme } = checkLayer(authRules, value, path, problems);
    if (token) return { token, scheme };
    if (isOptionsObject(value)) problems.addMissing(`${path}.token`, authRules.token.expected);
    return undefined;
  },
};

/** A token that was given out. */
export class Token {
  constructor(
    /** The whole header. */
    readonly authorization: string,
    /** Monotonic milliseconds from which the next call renews it. */
    readonly renewAt: number,
  ) {}
}

interface PendingToken {
  readonly askedAt: number;
  readonly answer: Promise<Token>;
}

/** Share of a lifetime before its end in which the next call renews. */
const RENEWED_AHEAD = 0.1;
const MOST_AHEAD = 60_000;

/** Milliseconds after which a `token()` without an answer no longer holds up new calls. */
const LONGEST_ANSWER = 30_000;

/** The token of one client, which its calls share. It has no timer: the call that finds it old renews it. */
export class Auth {
  private current: Token | undefined;
  private pending: PendingToken | undefined;
  private lastAskedAt = -Infinity;

  constructor(
    private readonly options: HttpAuthOptions,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  /** The token for an attempt; a promise while it is asked for. */
  get(): Token | Promise<Token> {
    const { current } = this;
    if (current && (current.renewAt === Infinity || this.clock.now() < current.renewAt)) return current;
    return this.ask();
  }

  /** The token after one that the upstream has refused; calls that were refused with the same one share it. */
  renew(refused: Token): Token | Promise<Token> {
    if (this.current === refused) this.current = undefined;
    return this.get();
  }

  private ask(): Promise<Token> {
    const now = this.clock.now();
    if (this.pending && now - this.pending.askedAt < LONGEST_ANSWER) return this.pending.answer;
    this.lastAskedAt = now;
    const pending: PendingToken = {
      askedAt: now,
      answer: this.request(now).finally(() => {
        if (this.pending === pending) this.pending = undefined;
      }),
    };
    this.pending = pending;
    return pending.answer;
  }

  private async request(now: number): Promise<Token> {
    const { token, scheme = 'Bearer' } = this.options;
    const given = await token();
    const made = tokenOf(given, scheme, now);
    // an answer that came too late does not replace a later one
    if (this.lastAskedAt === now) this.current = made;
    return made;
  }
}

function tokenOf(given: unknown, scheme: string, now: number): Token {
  const { token, expiresIn } = isOptionsObject(given)
    ? (given as Partial<TokenWithLifetime>)
    : { token: given };
  // the token is a secret, so it is not shown
  if (typeof token !== 'string' || !/^[\x20-\x7e]+$/.test(token))
    throw refuse('a text of printable ASCII characters, or { token, expiresIn }');
  const lifetime = expiresIn === undefined || expiresIn === null ? Infinity : parseSpan(expiresIn);
  if (lifetime === undefined) throw refuse("expiresIn to be a duration, such as 3_600_000 or '1h'");
  const ahead = lifetime === Infinity ? 0 : Math.min(lifetime * RENEWED_AHEAD, MOST_AHEAD);
  return new Token(scheme === '' ? token : `${scheme} ${token}`, now + lifetime - ahead);
}

function refuse(expected: string): InvalidRequestException {
  return new InvalidRequestException({ reason: `auth.token: expected ${expected}` });
}
