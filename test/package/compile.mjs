/** Where a tool of a yard starts; `node` runs it, so that every version of Node can. */
export const bin = {
  tsc: 'typescript/bin/tsc',
  jest: 'jest/bin/jest.js',
  vitest: 'vitest/vitest.mjs',
};

/** A strict tsconfig, as text. */
export function tsconfig(compilerOptions = {}, include = ['src']) {
  return JSON.stringify({
    compilerOptions: {
      target: 'ES2022',
      lib: ['ES2023'],
      module: 'nodenext',
      strict: true,
      exactOptionalPropertyTypes: true,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      types: ['node'],
      rootDir: 'src',
      outDir: 'dist',
      ...compilerOptions,
    },
    include,
  });
}

/** A package.json of an application, as text. */
export const packageJson = (type, more = {}) => JSON.stringify({ private: true, type, ...more });
