import type { Runtime } from '../runtime/runtime.js';

/** Writes a line while the application starts: a warning where faults may be injected, or that declared ones stay silent. */
export function logChaos({ events, factory, policies }: Runtime): void {
  const isChaosEnabled = factory.isAvailable('chaos');
  if (isChaosEnabled)
    events.warn(
      'Chaos is enabled: faults are injected on purpose, as policies and @Chaos declare or ResilienceChaos starts',
    );
  const silent = new Set([...policies.configuring('chaos'), ...factory.unavailableIn]);
  if (!isChaosEnabled && silent.size > 0)
    events.debug(() => `Chaos is not enabled: declared faults stay silent (${[...silent].join(', ')})`);
}
