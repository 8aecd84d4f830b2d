import type { MethodKind } from '../pipeline/methods/method-handler.js';
import type { MethodHandler } from '../pipeline/methods/wrap-method.js';
import type { StrategyName } from '../strategies/policy.options.js';
import { attemptParameterOf, attemptParametersOf } from './attempt-parameter.js';
import { THIS_COPY } from './package-copy.js';
import type { PackageCopy } from './package-copy.js';

/** What one decorator has said about a method. */
export interface Declaration {
  /** For messages, such as `@Retryable`. */
  readonly decorator: string;
  /** The one strategy that it applies; without one it applies whatever the policy configures. */
  readonly strategy?: StrategyName | undefined;
  /** True if it stands at the class. */
  readonly isOfClass?: boolean;
  readonly policy?: string | undefined;
  readonly options?: unknown;
  /** What the policy's name may have been meant to be, for messages. */
  readonly alternative?: string | undefined;
}

/** Any function that may be a method. */
export type AnyMethod = (this: unknown, ...args: unknown[]) => unknown;

/** The application that protects an instance, as far as its methods need it. */
export interface MethodRuntime {
  /** True once the application has begun to close. */
  readonly isClosing: boolean;
  /** True if every method of the application runs bare. */
  readonly isPassThrough: boolean;
  /** The instances that other applications hold too. */
  readonly shared: Set<object>;
  /** The handler of a method's calls; undefined if they run bare. */
  entry(method: DecoratedMethod): MethodHandler | undefined;
}

/** The parts of a {@link DecoratedMethod} that its decorator knows. */
export interface MethodFacts {
  /** The prototype that declares the method. */
  readonly owner: object;
  readonly key: string | symbol;
  readonly original: AnyMethod;
  readonly kind: MethodKind;
}

/** A method that carries decorators of this library: one for each pipeline. */
export class DecoratedMethod implements MethodFacts {
  readonly copy: PackageCopy = THIS_COPY;
  readonly owner: object;
  readonly key: string | symbol;
  readonly original: AnyMethod;
  readonly kind: MethodKind;
  readonly declarations: Declaration[];
  /** The method that has taken this one's place, around another library's decorator. */
  successor: DecoratedMethod | undefined = undefined;
  /** The application that was called last, and the handler of its calls: most processes have one. */
  lastRuntime: MethodRuntime | undefined = undefined;
  lastEntry: MethodHandler | undefined = undefined;

  /** @param before - the method whose declarations this one takes over */
  constructor(
    facts: MethodFacts,
    private readonly before?: DecoratedMethod,
  ) {
    this.owner = facts.owner;
    this.key = facts.key;
    this.original = facts.original;
    this.kind = facts.kind;
    this.declarations = [...(before?.declarations ?? [])];
  }

  /** Which argument is to be the attempt, if one is. */
  get attemptAt(): number | undefined {
    return attemptParameterOf(this.owner, this.key) ?? this.before?.attemptAt;
  }

  /** True if all its decorators stand at the class. */
  get isWhole(): boolean {
    return this.declarations.every(({ isOfClass }) => isOfClass);
  }

  /** Keeps the handler for the next calls. */
  remember(runtime: MethodRuntime, entry: MethodHandler | undefined): void {
    this.lastRuntime = runtime;
    this.lastEntry = entry;
  }

  /** Lets go of an application that has closed. */
  forget(runtime: MethodRuntime): void {
    if (this.lastRuntime === runtime) this.lastRuntime = this.lastEntry = undefined;
  }
}

const METHODS = 'nestjs-breakwater:methods';

/** The decorated methods, by the functions that stand in their places. */
const byStandIn = new WeakMap<object, DecoratedMethod>();

/** Remembers a decorated method at its prototype, in the place of one that it succeeds. */
export function rememberDecoratedMethod(method: DecoratedMethod, wrapMethod: object): void {
  const others = ownMethods(method.owner).filter(({ successor }) => successor !== method);
  Reflect.defineMetadata(METHODS, [...others, method], method.owner);
  byStandIn.set(wrapMethod, method);
}

/** The decorated method in whose place a function stands. */
export function methodBehind(wrapMethod: unknown): DecoratedMethod | undefined {
  return typeof wrapMethod === 'function' ? byStandIn.get(wrapMethod) : undefined;
}

/** The method of this name that this copy of the package has decorated at this very prototype. */
export function ownMethodOf(prototype: object, key: string | symbol): DecoratedMethod | undefined {
  return ownMethods(prototype).find((method) => method.key === key && method.copy === THIS_COPY);
}

/** All decorated methods of a prototype: its own, inherited ones, and those that a mixin has copied. */
export function decoratedMethodsOf(prototype: object): DecoratedMethod[] {
  return [...new Set([...lineageOf(prototype).flatMap(ownMethods), ...mixedInMethodsOf(prototype)])];
}

/** The decorated methods of classes that a prototype does not inherit from: a mixin has copied them. */
export function mixedInMethodsOf(prototype: object): DecoratedMethod[] {
  const links = lineageOf(prototype);
  const values = links.flatMap((link) => Reflect.ownKeys(link).map((key) => valueOf(link, key)));
  const found = values.flatMap((value) => methodBehind(value) ?? []);
  return found.filter(({ owner }) => !links.includes(owner));
}

/** The decorated methods that instances of a prototype have: not those that are overridden. */
export function effectiveMethodsOf(prototype: object): DecoratedMethod[] {
  const links = lineageOf(prototype);
  return decoratedMethodsOf(prototype).filter(({ owner, key }) => {
    const link = links.find((one) => Object.hasOwn(one, key));
    return link === owner || (link !== undefined && methodBehind(valueOf(link, key))?.owner === owner);
  });
}

/** Methods of a prototype, as `Class.method`, that ask for their attempt and have no decorator that would give it. */
export function strayAttemptsOf(prototype: object): string[] {
  return lineageOf(prototype).flatMap((owner) => {
    const decorated = ownMethods(owner).map(({ key }) => key);
    const asking = [...attemptParametersOf(owner).keys()];
    return asking.filter((key) => !decorated.includes(key)).map((key) => displayName({ owner, key }));
  });
}

function lineageOf(prototype: object): object[] {
  const links: object[] = [];
  for (let link: unknown = prototype; isPrototype(link); link = Object.getPrototypeOf(link)) links.push(link);
  return links;
}

/** `Class.method` of the class that declares it. */
export function displayName({ owner, key }: Pick<DecoratedMethod, 'owner' | 'key'>): string {
  return `${owner.constructor.name}.${String(key)}`;
}

function valueOf(prototype: object, key: string | symbol): unknown {
  return Object.getOwnPropertyDescriptor(prototype, key)?.value;
}

function ownMethods(prototype: object): DecoratedMethod[] {
  return (Reflect.getOwnMetadata(METHODS, prototype) as DecoratedMethod[] | undefined) ?? [];
}

function isPrototype(value: unknown): value is object {
  return typeof value === 'object' && value !== null && value !== Object.prototype;
}
