export { ManualClock } from './manual-clock.js';
export { ResilienceTestingModule } from './resilience-testing.module.js';
export { overrideState, recordEvents } from './under-test.js';
export { withChaos } from './with-chaos.js';
export type { FaultsByName } from './with-chaos.js';
export type { Clock } from '../clock/clock.js';
