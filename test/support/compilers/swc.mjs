import { transform } from '@swc/core';

/** Compiles specs for Jest as SWC does unless `decoratorMetadata` is set: decorators, but no metadata about types. */
export default {
  async processAsync(source, filename) {
    const { code } = await transform(source, {
      filename,
      sourceMaps: 'inline',
      swcrc: false,
      jsc: {
        parser: { syntax: 'typescript', decorators: true },
        target: 'es2022',
        transform: { legacyDecorator: true, decoratorMetadata: false, useDefineForClassFields: false },
      },
      module: { type: 'es6' },
    });
    return { code };
  },
};
