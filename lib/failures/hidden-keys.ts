/** The form in which keys of states are shown outside the process. */
export interface ShownKeys {
  /** `'shown'`, or the text in the place of a key. Default: `…`. */
  readonly keys?: 'shown' | ((key: string) => string);
  /** Keys that the message may hold: of the state whose error it is, of the call. An origin hides its host too. */
  readonly hide?: readonly (string | undefined)[];
}

/** Exceptions whose message names a state: `Circuit 'payments[tenant-1]' lets no call through`. */
const NAMES_STATE = /^RESILIENCE_(CIRCUIT_OPEN|BULKHEAD_FULL|RATE_LIMITED|TIMEOUT)$/;
/** A key so short may be a part of other words. */
const SHORTEST = 4;

const hidden = () => '…';

/** Hides the keys of states in a message; `code` is that of an exception of this library. */
export function withoutKeys(message: string, code: unknown, { keys = hidden, hide = [] }: ShownKeys): string {
  if (keys === 'shown' || message === '') return message;
  const named = typeof code === 'string' && NAMES_STATE.test(code) ? hideBrackets(message, keys) : message;
  return hide.reduce((text: string, key) => (key ? hideKey(text, key, keys) : text), named);
}

/** A key may hold brackets: it ends at the last one. */
function hideBrackets(message: string, mask: (key: string) => string): string {
  const from = message.indexOf('[');
  const to = message.lastIndexOf(']');
  if (from < 0) return message;
  return to < from
    ? `${message.slice(0, from + 1)}…`
    : `${message.slice(0, from + 1)}${mask(message.slice(from + 1, to))}${message.slice(to)}`;
}

function hideKey(message: string, key: string, mask: (key: string) => string): string {
  const text = mask(key);
  return formsOf(key).reduce((shown, form) => shown.replace(patternOf(form), () => text), message);
}

/** The key as it is, as it stands in a URL, and the host of an origin. */
function formsOf(key: string): string[] {
  const { host, hostname } = URL.canParse(key) ? new URL(key) : { host: '', hostname: '' };
  return [key, encodeIfWellFormed(key), host, hostname].filter((form) => form !== '');
}

function encodeIfWellFormed(key: string): string {
  try {
    return encodeURIComponent(key);
  } catch {
    return '';
  }
}

function patternOf(form: string): RegExp {
  const literal = form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  return new RegExp(form.length < SHORTEST ? `(?<!\\w)${literal}(?!\\w)` : literal, 'gi');
}
