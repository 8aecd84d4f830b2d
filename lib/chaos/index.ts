export { chaos } from './chaos.js';
export type { ChaosSwitch } from './chaos.js';
export { isInjected } from './injected-error.js';
export { ResilienceChaos } from '../strategies/chaos/resilience-chaos.js';
export type { ActiveChaos, ChaosRun } from '../strategies/chaos/resilience-chaos.js';
export type { ChaosOptions } from '../strategies/chaos/chaos.options.js';
export type { ChaosSource } from '../strategies/chaos/chaos-source.js';
export type {
  ErrorFault,
  Fault,
  FaultBase,
  FaultKind,
  HangFault,
  InjectedAnswer,
  LatencyFault,
  ResultFault,
} from '../strategies/chaos/fault.js';
