/** One loaded copy of this package; a process may have several. */
export interface PackageCopy {
  /** The path or URL of a file of this copy, for messages. */
  readonly file: string;
}

/** The copy that this code belongs to. Copies are told apart by the identity of this object. */
export const THIS_COPY: PackageCopy = Object.freeze({ file: fileOf(new Error()) });

/** A value that all copies of the package share; the first one makes it. */
export function sharedByCopies<T>(name: string, make: () => T): T {
  const shared = globalThis as Record<symbol, unknown>;
  return (shared[Symbol.for(`nestjs-breakwater:${name}`)] ??= make()) as T;
}

/** The runtimes of all copies. No mock is among them, not even one that answers to everything. */
const runtimes = sharedByCopies('runtimes', () => new WeakMap<object, PackageCopy>());

/** Remembers that a runtime is one of this copy. */
export function registerRuntime(runtime: object): void {
  runtimes.set(runtime, THIS_COPY);
}

/** The copy that a runtime belongs to; undefined for anything else, such as a mock. */
export function copyOfRuntime(value: unknown): PackageCopy | undefined {
  return runtimes.get(value as object);
}

/** The problem of a class that one copy has decorated and another one is to protect. */
export function copyProblem(path: string, module: string, decorators: string) {
  const cure = 'install one, and mind that jest.resetModules() and vi.resetModules() load another';
  const expected = `decorators of the same copy of nestjs-breakwater as the module, which is ${module} (${cure})`;
  return { path, expected, got: decorators };
}

/** Neither `import.meta` nor `__filename` exists in both module systems; a stack does. */
function fileOf({ stack = '' }: Error): string {
  const frame = stack.split('\n').find((line) => /:\d+:\d+\)?$/.test(line)) ?? '';
  return /(?:\(|at )((?:file:|\/|[A-Za-z]:\\).*):\d+:\d+\)?$/.exec(frame)?.[1] ?? 'an unknown file';
}
