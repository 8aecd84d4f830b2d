import { types } from 'node:util';
import type { UndiciDispatcher } from '../../transport.js';
import { POOL_OPTION_NAMES } from './pool.options.js';

/** Where undici 6, 7 and the built-in fetch of Node 20 to 24 look for the global dispatcher. */
const GLOBAL_1 = Symbol.for('undici.globalDispatcher.1');
/** Where undici 8 and Node 26 keep it; under the older symbol they put a wrapper around it. */
const GLOBAL_2 = Symbol.for('undici.globalDispatcher.2');

const WRAPPER = 'Dispatcher1Wrapper';
/** The classes of a plain `Agent`, of whatever copy of undici, up to the last one. */
const AGENT_CLASSES = 'Agent DispatcherBase Dispatcher EventEmitter Object';
/** Where an `Agent` keeps its options: symbols that each copy makes for itself. */
const OPTION_KEYS: ReadonlySet<unknown> = new Set(['options', 'factory', 'maxRedirections']);
/** The own properties of every event emitter. */
const EMITTER_KEYS: ReadonlySet<string> = new Set(['_events', '_eventsCount', '_maxListeners', 'domain']);

/** True if the options of a client say how connections are made. `proxy: 'env'` is the default, and says nothing. */
export function hasPoolOptions(layer: object): boolean {
  const options = layer as Record<string, unknown>;
  return POOL_OPTION_NAMES.some((key) => options[key] !== undefined && options[key] !== 'env');
}

/** The parts of the choice that do not change with the global dispatcher. */
export interface DispatcherOptions {
  /** The dispatcher of the client's options. */
  readonly dispatcher?: UndiciDispatcher | undefined;
  /** True if the options of the client say how connections are made. */
  readonly hasPoolOptions: boolean;
}

/** The dispatcher that sends a request. */
export interface DispatcherChoice {
  /** Undefined for the client's own pools. */
  readonly dispatcher: UndiciDispatcher | undefined;
  /** A global dispatcher that the application has chosen, and this client does not use. */
  readonly setAside?: UndiciDispatcher | undefined;
}

/**
 * Decides which dispatcher sends: the one of the client's options, a global `MockAgent`, the client's own pools if options say
 * how they connect, another global one that the application has chosen, the client's own pools.
 *
 * @param global - the dispatcher that the application has chosen globally, see {@link chosenGlobally}
 */
export function chooseDispatcher(
  options: DispatcherOptions,
  global: UndiciDispatcher | undefined,
): DispatcherChoice {
  const { dispatcher } = options;
  if (dispatcher) return { dispatcher, setAside: dispatcher === global ? undefined : global };
  if (global && options.hasPoolOptions && !isMock(global)) return { dispatcher: undefined, setAside: global };
  return { dispatcher: global };
}

/** The last answer of {@link globalDispatcher}, and what it was found from: each request asks. */
const last: { first?: unknown; second?: unknown; global?: UndiciDispatcher | undefined } = {};

/** The global dispatcher of the process, whatever copy of undici has set it; undefined if there is none. */
export function globalDispatcher(): UndiciDispatcher | undefined {
  const { [GLOBAL_1]: first, [GLOBAL_2]: second } = globalThis as Record<symbol, unknown>;
  if (first !== last.first || second !== last.second)
    Object.assign(last, { first, second, global: latest(asDispatcher(first), asDispatcher(second)) });
  return last.global;
}

function latest(
  first: UndiciDispatcher | undefined,
  second: UndiciDispatcher | undefined,
): UndiciDispatcher | undefined {
  if (!first || !second || !isWrapper(first)) return first ?? second;
  // undici 8 has set both, unless a wrapper was put there by hand, beside the default of another copy
  return areOfOneCopy(first, second) || isChosen(second) ? second : first;
}

/** True for a global dispatcher that the application has chosen: anything but an `Agent` with default options. */
export function isChosen(global: UndiciDispatcher): boolean {
  return types.isProxy(global) || !isDefaultAgent(global);
}

/** Names a dispatcher in a message. */
export function nameOf(dispatcher: UndiciDispatcher): string {
  return (dispatcher.constructor as { name?: string } | undefined)?.name || 'dispatcher';
}

function asDispatcher(value: unknown): UndiciDispatcher | undefined {
  const dispatcher = value as UndiciDispatcher | undefined;
  return typeof dispatcher?.dispatch === 'function' ? dispatcher : undefined;
}

function isWrapper(dispatcher: UndiciDispatcher): boolean {
  return nameOf(dispatcher) === WRAPPER;
}

/** True if a dispatcher inherits from the class that the wrapper inherits from. */
function areOfOneCopy(wrapper: UndiciDispatcher, dispatcher: UndiciDispatcher): boolean {
  const base = Object.getPrototypeOf(Object.getPrototypeOf(wrapper)) as object;
  return Object.prototype.isPrototypeOf.call(base, dispatcher);
}

function isMock(dispatcher: UndiciDispatcher): boolean {
  return classesOf(dispatcher).includes('MockAgent');
}

function classesOf(value: object): string[] {
  const names: string[] = [];
  for (let link: unknown = Object.getPrototypeOf(value); link !== null; link = Object.getPrototypeOf(link))
    names.push((link as { constructor?: { name?: string } }).constructor?.name ?? '');
  return names;
}

/** Compares an `Agent` with a new one of the same copy of undici: a new one opens no connection. */
function isDefaultAgent(dispatcher: object): boolean {
  if (classesOf(dispatcher).join(' ') !== AGENT_CLASSES) return false;
  // an own method takes the place of the class's
  if (Object.getOwnPropertyNames(dispatcher).some((key) => !EMITTER_KEYS.has(key))) return false;
  try {
    const fresh = new (dispatcher.constructor as new () => object)();
    const keys = Object.getOwnPropertySymbols(dispatcher).filter(({ description }) =>
      OPTION_KEYS.has(description),
    );
    // a copy that keeps its options elsewhere is used: it may have some
    return (
      keys.length > 0 && keys.every((key) => isAlike(Reflect.get(dispatcher, key), Reflect.get(fresh, key)))
    );
  } catch {
    return false;
  }
}

function isAlike(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null)
    return one === other;
  const values = one as Record<string, unknown>;
  const others = other as Record<string, unknown>;
  const keys = new Set([...Object.keys(values), ...Object.keys(others)]);
  return [...keys].every((key) => values[key] === others[key]);
}
