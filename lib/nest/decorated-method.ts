import type { MethodKind } from '../pipeline/methods/method-handler.js';
import type { StrategyName } from '../strategies/policy.options.js';
import { attemptParametersOf } from './attempt-parameter.js';

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
}

/** A method that carries decorators of this library: one for each pipeline. */
export interface DecoratedMethod {
  /** Its place among all decorated methods of the process, so that an application finds its pipeline by index. */
  readonly index: number;
  /** The prototype that declares the method. */
  readonly owner: object;
  readonly key: string | symbol;
  readonly original: (this: unknown, ...args: unknown[]) => unknown;
  readonly kind: MethodKind;
  readonly declarations: Declaration[];
}

const METHODS = 'nestjs-breakwater:methods';

/** Remembers a decorated method at its prototype. */
export function rememberDecoratedMethod(method: DecoratedMethod): void {
  Reflect.defineMetadata(METHODS, [...ownMethods(method.owner), method], method.owner);
}

/** All decorated methods of a prototype, inherited ones too. */
export function decoratedMethodsOf(prototype: object): DecoratedMethod[] {
  return lineageOf(prototype).flatMap(ownMethods);
}

/** The decorated methods that instances of a prototype have: not those that are overridden. */
export function effectiveMethodsOf(prototype: object): DecoratedMethod[] {
  const links = lineageOf(prototype);
  return decoratedMethodsOf(prototype).filter(
    ({ owner, key }) => links.find((link) => Object.hasOwn(link, key)) === owner,
  );
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

function ownMethods(prototype: object): DecoratedMethod[] {
  return (Reflect.getOwnMetadata(METHODS, prototype) as DecoratedMethod[] | undefined) ?? [];
}

function isPrototype(value: unknown): value is object {
  return typeof value === 'object' && value !== null && value !== Object.prototype;
}
