import { readdirSync } from 'node:fs';

/**
 * All specs that may notice a mutant, as one: what they import is then loaded once for a mutant, not once for each
 * of them, which would take most of the time.
 */
for (const folder of ['../test/unit/policy/', '../test/unit/strategies/']) {
  const files = readdirSync(new URL(folder, import.meta.url), { recursive: true }) as string[];
  for (const file of files.sort()) if (file.endsWith('.spec.js')) await import(folder + file);
}
