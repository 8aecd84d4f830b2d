import { describe, expect, it } from '@jest/globals';
import { derivedFiles, subpaths } from '../../../scripts/subpaths.mjs';

describe('the subpaths of the package', () => {
  it('stand in package.json and tsconfig.json as the table says (npm run subpaths)', async () => {
    const files = await derivedFiles();
    for (const { found, wanted } of files) expect(found).toBe(wanted);
  });

  it('have a limit of their size each', () => {
    for (const { limit } of subpaths) expect(limit).toBeGreaterThan(0);
  });
});
