import { scenario } from './scenario.js';

// a global of jest and of vitest
declare const it: (name: string, test: () => Promise<void>) => void;

it('retries, opens its circuit and calls its upstream', async () => {
  await scenario();
});
