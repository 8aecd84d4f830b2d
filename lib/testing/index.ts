export { ManualClock } from './manual-clock.js';
export { ResilienceTestingModule } from './resilience-testing.module.js';
export { overrideState, recordEvents } from './under-test.js';
export type { Clock } from '../clock/clock.js';
