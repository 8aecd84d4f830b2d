/** Shape of an error, or of a value within one, as `test/drivers` records it. */
export type Shape =
  string | number | boolean | null | readonly Shape[] | ObjectShape | { readonly is: string };

interface ObjectShape {
  /** Names of its classes, the outermost first; the last one is of the language. */
  readonly classes: readonly string[];
  readonly own?: Readonly<Record<string, Shape>>;
  /** Its own properties that are not enumerable. */
  readonly hidden?: Readonly<Record<string, Shape>>;
  /** Values of the getters and properties of its classes. */
  readonly inherited?: Readonly<Record<string, Shape>>;
}

const PLACEHOLDERS: Readonly<Record<string, unknown>> = {
  string: 'x',
  number: 1,
  boolean: true,
  function: () => undefined,
  bigint: 1n,
};

/** Makes a value of a shape again: an error with classes of the same names, and the same properties in the same places. */
export function revive(shape: Shape): unknown {
  if (Array.isArray(shape)) return shape.map((one: Shape) => revive(one));
  if (typeof shape !== 'object' || shape === null) return shape;
  if ('is' in shape) return shape.is === 'object' ? {} : PLACEHOLDERS[shape.is];
  return reviveObject(shape as ObjectShape);
}

function reviveObject({ classes, own = {}, hidden = {}, inherited = {} }: ObjectShape): object {
  const value = newOfClasses(classes, inherited);
  for (const [group, enumerable] of [
    [own, true],
    [hidden, false],
  ] as const)
    for (const [key, inner] of Object.entries(group))
      Object.defineProperty(value, key, {
        value: revive(inner),
        enumerable,
        writable: true,
        configurable: true,
      });
  return value;
}

function newOfClasses(classes: readonly string[], inherited: Readonly<Record<string, Shape>>): object {
  const builtIn = classes.at(-1) ?? '';
  const Base = (globalThis as unknown as Record<string, new (...all: unknown[]) => object>)[builtIn];
  // what Node itself makes is of such a class as well
  const value = builtIn === 'AggregateError' ? new Base([]) : new Base();
  if (value instanceof Error) for (const key of ['message', 'errors']) Reflect.deleteProperty(value, key);
  let prototype = Object.getPrototypeOf(value) as object;
  for (const name of classes.slice(0, -1).reverse()) prototype = prototypeOf(name, prototype);
  const ownInherited = classes.length > 1 ? prototype : (Object.create(prototype) as object);
  for (const [key, shape] of Object.entries(inherited))
    Object.defineProperty(ownInherited, key, { get: () => revive(shape), configurable: true });
  return Object.setPrototypeOf(value, ownInherited) as object;
}

/** The prototype of a class with this name; classes without one have no `constructor` either. */
function prototypeOf(name: string, parent: object): object {
  const prototype = Object.create(parent) as object;
  if (name === '') return prototype;
  const constructor = { [name]: class {} }[name];
  return Object.defineProperty(prototype, 'constructor', { value: constructor, enumerable: false });
}
