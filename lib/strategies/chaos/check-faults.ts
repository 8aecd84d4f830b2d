import { parseDuration } from '../../policy/duration.js';
import { checkLayer, isOptionsObject } from '../../policy/layers.js';
import { bareObject, ownValue } from '../../policy/own-property.js';
import type { Problems } from '../../policy/problems.js';
import { accepted, parsed } from '../../policy/rule.js';
import type { Rule, Rules } from '../../policy/rule.js';
import { callback, finiteNumber, oneOf } from '../../policy/rules.js';
import type { CheckedError, CheckedFault, Fault } from './fault.js';

/** So many faults one list may have: an attempt asks them one by one. */
const MOST_FAULTS = 20;

const MOST_HEADERS = 50;
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]{1,100}$/;
/** RFC 9110 §5.5: no control characters but the tab. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]{0,1000}$/;
/** A code of Node, of undici or of a database: `ECONNRESET`, `UND_ERR_SOCKET`, `P1001`, `40001`. A status is a number. */
const CODE = /^(?!\d{1,3}$)\w{2,64}$/;

const kinds = oneOf(['error', 'latency', 'result', 'hang'], {});
const rate = finiteNumber({ fallback: 1, min: 0, max: 1 });

const error = parsed<unknown, CheckedError | undefined>(
  "a code such as 'ECONNRESET', a status from 400 to 599, { status, headers }, or a function that returns an error",
  undefined,
  (value) => {
    if (typeof value === 'function') return value as () => unknown;
    if (typeof value === 'string') return CODE.test(value) ? value : undefined;
    return isOptionsObject(value) ? answerOf(value) : answerOf({ status: value });
  },
);

const delay = parsed<unknown, readonly [number, number] | undefined>(
  "a duration such as '2s', or a range such as ['100ms', '3s'], the shorter one first",
  undefined,
  (value) => {
    const [from, to, ...others] = (Array.isArray(value) ? value : [value, value]).map(parseDuration);
    const isRange = from !== undefined && to !== undefined && from <= to && others.length === 0;
    return isRange ? [from, to] : undefined;
  },
);

/** The options of each kind of fault, beside `kind`. */
const rulesOf: Readonly<Record<Fault['kind'], Rules>> = {
  error: { error, rate },
  latency: { delay, rate },
  result: { result: callback<() => unknown>(), rate },
  hang: { rate },
};

/** A list of faults. */
export const faultsRule: Rule<readonly Fault[], readonly CheckedFault[] | undefined> = {
  expected: `a list of 1 to ${MOST_FAULTS} faults, such as [{ kind: 'error', error: 'ECONNRESET', rate: 0.1 }]`,
  fallback: undefined,
  check(value, path, problems) {
    if (!Array.isArray(value) || value.length === 0 || value.length > MOST_FAULTS)
      return void problems.add(path, faultsRule.expected, value);
    return value.map((fault, index) => checkFault(fault, `${path}[${index}]`, problems));
  },
};

/** Checks one fault; what is wrong is reported, and the result is not used then. */
function checkFault(value: unknown, path: string, problems: Problems): CheckedFault {
  const none: CheckedFault = { kind: 'hang', rate: 0 };
  if (!isOptionsObject(value)) {
    problems.add(path, "a fault, such as { kind: 'latency', delay: '2s' }", value);
    return none;
  }
  const kind = kinds.check(ownValue(value, 'kind'), `${path}.kind`, problems);
  if (kind === undefined) return none;
  const rules: Rules = { kind: accepted('', () => true), ...rulesOf[kind] };
  const layer = checkLayer(rules, value, path, problems);
  for (const [name, { expected, fallback }] of Object.entries(rulesOf[kind]))
    if (fallback === undefined && layer[name] === undefined) problems.addMissing(`${path}.${name}`, expected);
  return { rate: rate.fallback, ...layer } as unknown as CheckedFault;
}

/** The answer that an object describes; undefined for anything else. */
function answerOf(value: Record<string, unknown>): CheckedError | undefined {
  const status = ownValue(value, 'status');
  const given = ownValue(value, 'headers') ?? {};
  const isStatus = Number.isInteger(status) && (status as number) >= 400 && (status as number) <= 599;
  if (!isStatus || !isOptionsObject(given)) return undefined;
  if (Object.keys(value).some((key) => key !== 'status' && key !== 'headers')) return undefined;
  const entries = Object.entries(given).map(([name, text]) => [name.toLowerCase(), asHeader(text)] as const);
  const isFine = entries.every(([name, text]) => HEADER_NAME.test(name) && text !== undefined);
  if (!isFine || entries.length > MOST_HEADERS) return undefined;
  return {
    status: status as number,
    headers: Object.assign(bareObject(), Object.fromEntries(entries)) as Record<string, string>,
  };
}

function asHeader(value: unknown): string | undefined {
  if (typeof value !== 'string' && !Number.isFinite(value)) return undefined;
  const text = String(value);
  return HEADER_VALUE.test(text) ? text : undefined;
}
