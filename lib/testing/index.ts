export { ManualClock } from './manual-clock.js';
export type { Clock } from '../clock/clock.js';
