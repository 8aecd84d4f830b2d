import { transform } from 'esbuild';

const tsconfigRaw = { compilerOptions: { experimentalDecorators: true, useDefineForClassFields: false } };

/** Compiles specs for Jest as esbuild does: decorators, but no metadata about types. */
export default {
  async processAsync(source, file) {
    const { code } = await transform(source, {
      loader: 'ts',
      format: 'esm',
      target: 'node20',
      sourcefile: file,
      sourcemap: 'inline',
      tsconfigRaw,
    });
    return { code };
  },
};
