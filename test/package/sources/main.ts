import { scenario } from './scenario.js';

scenario().then(
  () => console.log('scenario: passed'),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
