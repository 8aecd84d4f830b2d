import { describe, expect, it } from '@jest/globals';
import { StartedFaults } from '../../../lib/chaos/started-faults.js';
import { AddedInterceptors } from '../../../lib/pipeline/attempt/added-interceptors.js';
import { services } from '../../support/pipeline.js';

/** Faults that are started by hand, and the interceptors of a pipeline that has their name. */
function start() {
  const { clock, events, random } = services();
  const added = new AddedInterceptors();
  const faults = new StartedFaults({
    clock,
    events,
    random,
    isClosing: false,
    hasPolicy: () => true,
    add: (source) => added.add(source),
  });
  return { clock, faults, interceptors: () => added.for(['payments']) };
}

describe('faults whose time is over', () => {
  it('leave the pipelines with the first attempt that meets them', async () => {
    const { clock, faults, interceptors } = start();
    faults.start({ name: 'payments', faults: [{ kind: 'hang' }], for: '1m' });
    const [injector] = interceptors();
    expect(injector.intercept()).toBeDefined();
    await clock.advance(60_000);
    expect(injector.intercept()).toBeUndefined();
    expect(interceptors()).toEqual([]);
  });

  it('were stopped before, and stay away', () => {
    const { faults, interceptors } = start();
    const stop = faults.start({ name: 'payments', faults: [{ kind: 'hang' }] });
    const [injector] = interceptors();
    stop();
    stop();
    expect([injector.intercept(), interceptors(), faults.active()]).toEqual([undefined, [], []]);
  });
});
