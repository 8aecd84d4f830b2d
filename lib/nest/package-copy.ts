/** One loaded copy of this package; a process may have several. */
export interface PackageCopy {
  /** The path or URL of a file of this copy, for messages. */
  readonly file: string;
}

/** The copy that this code belongs to. Copies are told apart by the identity of this object. */
export const THIS_COPY: PackageCopy = Object.freeze({ file: fileOf(new Error()) });

/** The property by which a runtime tells every copy where it comes from. */
export const COPY_FILE = Symbol.for('nestjs-breakwater:file of the copy');

/** The file of the copy that a runtime belongs to; undefined for a mock, whose properties are no text. */
export function fileOfRuntime(value: unknown): string | undefined {
  const file = (value as Record<symbol, unknown> | null | undefined)?.[COPY_FILE];
  return typeof file === 'string' ? file : undefined;
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
