import { DOMAINS } from './domains.js';
import { TIERS } from './failure-domain.js';
import type { FailureDomain, RuleSet } from './failure-domain.js';
import type { Look } from './look.js';
import { bitsOf } from './properties.js';
import type { Meaning } from './meaning.js';

/** Longest name of a rule, in characters: a code may come from outside. */
const LONGEST_NAME = 200;

/** A rule that fits an error. */
export interface Rule {
  readonly meaning: Meaning;
  readonly tier: number;
  /** Position of its tier, and of its set within that; the lower one decides. */
  readonly order: number;
  readonly yields: RuleSet['yields'];
  /** True if more than a name or a message has told it. */
  readonly isCoded: boolean;
  /** Its name where an error says nothing more: `node/ECONNRESET`. */
  readonly ownName: string;
  /** `sql/23505` */
  readonly name: (look: Look) => string;
}

const CODE = TIERS.indexOf('code');

type Key = string | number;

/** A set whose key is made by a function. */
interface Finder {
  readonly order: number;
  /** The bits of the marks of which an error needs one; 0 if it needs none. */
  readonly needed: number;
  readonly isOfWords: boolean;
  readonly find: (look: Look) => Rule | undefined;
}

/** A set with its domain, and the position of both. */
interface PlacedSet {
  readonly domain: FailureDomain;
  readonly set: RuleSet;
  readonly order: number;
}

type Kind = 'text' | 'number' | 'none';

const exact = {
  code: new Map<unknown, Rule>(),
  name: new Map<unknown, Rule>(),
  message: new Map<unknown, Rule>(),
};
const finders: Record<Kind, Finder[]> = { text: [], number: [], none: [] };
const LISTS: Record<NonNullable<RuleSet['on']>, Finder[]> = {
  'number code': finders.number,
  'text code': finders.text,
  'no code': finders.none,
  words: finders.none,
};

const sets = DOMAINS.flatMap((domain) => domain.sets.map((set) => ({ domain, set })));
for (const [position, { domain, set }] of sets.entries())
  add({ domain, set, order: TIERS.indexOf(set.tier) * sets.length + position });
for (const list of Object.values(finders)) list.sort((one, other) => one.order - other.order);

/** Finds the rule for one error, without regard to what is inside it. Takes constant time, whatever the number of rules. */
export function ruleFor(look: Look): Rule | undefined {
  const { code, name } = look;
  let best = earlier(exact.code.get(code), exact.name.get(name));
  if (typeof code === 'string') return firstOf(finders.text, look, best);
  if (typeof code === 'number') return firstOf(finders.number, look, best);
  // a client that has codes does not need to be known by its words
  if (code === undefined) best = earlier(best, exact.message.get(look.message));
  return firstOf(finders.none, look, best);
}

/** Finds the rule for an error of which nothing tells but its code, where none could be stronger. */
export function ruleForCode(code: string): Rule | undefined {
  const rule = exact.code.get(code);
  return rule?.tier === CODE ? rule : undefined;
}

/** True if the words of a message alone tell something. */
export const isKnownMessage = (message: string) => exact.message.has(message);

function earlier(one: Rule | undefined, other: Rule | undefined): Rule | undefined {
  if (!one || !other) return one ?? other;
  return other.order < one.order ? other : one;
}

function firstOf(list: readonly Finder[], look: Look, best: Rule | undefined): Rule | undefined {
  const { marks } = look;
  const last = best?.order ?? Infinity;
  for (const { order, needed, isOfWords, find } of list) {
    if (order >= last) return best;
    if ((needed !== 0 && (marks & needed) === 0) || (isOfWords && !look.hasTellingWords)) continue;
    const rule = find(look);
    if (rule) return rule;
  }
  return best;
}

function add(placed: PlacedSet): void {
  const { by, lines } = placed.set;
  const rules = new Map<string, Rule>();
  for (const [meaning, keys] of lines)
    for (const key of keys.split(' ')) rules.set(key, newRule(placed, meaning, key));
  if (typeof by === 'function') addFinder(placed, by, rules);
  else addExact(exact[by], by, rules);
}

function addExact(index: Map<unknown, Rule>, by: string, rules: ReadonlyMap<string, Rule>): void {
  for (const [key, rule] of rules) {
    // keys are separated by spaces, so a message is written without any
    const text = by === 'message' ? key.replaceAll('_', ' ') : key;
    index.set(text, earlier(index.get(text), rule) ?? rule);
  }
}

function addFinder(
  placed: PlacedSet,
  keyOf: (look: Look) => Key | undefined,
  rules: ReadonlyMap<string, Rule>,
): void {
  const { set, order } = placed;
  const find = (look: Look) => {
    const key = keyOf(look);
    if (key === undefined) return undefined;
    const rule = rules.get(String(key));
    return rule ?? (set.otherwise && newRule(placed, set.otherwise[0], String(key)));
  };
  const finder = { order, needed: bitsOf(set.needs ?? []), isOfWords: set.on === 'words', find };
  for (const list of listsFor(set)) list.push(finder);
}

function listsFor({ on }: RuleSet): readonly Finder[][] {
  if (on === undefined) return Object.values(finders);
  return [LISTS[on]];
}

function newRule({ domain, set, order }: PlacedSet, meaning: Meaning, key: string): Rule {
  const { tier, yields, by, shown } = set;
  const nameOf = (word: string) => `${domain.id}/${word}`.slice(0, LONGEST_NAME);
  const ownName = nameOf(key);
  const name = shown ? (look: Look) => nameOf(textOf(shown(look)) ?? key) : () => ownName;
  const isCoded = by !== 'name' && by !== 'message';
  return { meaning, tier: TIERS.indexOf(tier), order, yields, isCoded, ownName, name };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
