import { describe, expect, it } from '@jest/globals';
import { Problems } from '../../../lib/policy/problems.js';
import type { Claim } from '../../../lib/runtime/named-state-store.js';
import { StateStore } from '../../../lib/runtime/state-store.js';

interface State {
  readonly kind: string;
}

const claim: Claim = {
  name: 'orders',
  isExplicit: false,
  identity: 'orders',
  options: {},
  owner: 'orders',
  where: 'orders',
  isNamedByCall: false,
};

/** A store, and what a registry of all its kinds would show. */
function storeOf() {
  const store = new StateStore();
  const shown = new Set<State>();
  const obtain = (kind: string, from = store, previous?: State) =>
    from.obtain<State>(
      {
        kind,
        written: undefined,
        options: {},
        make: () => ({ kind }),
        previous,
        reconfigure: () => undefined,
        onAdded: (state) => shown.add(state),
        onRemoved: (state) => shown.delete(state),
      },
      claim,
      new Problems(),
    ) as State;
  return { store, shown, obtain };
}

describe('the states of an application', () => {
  it('have names of their own in each kind', () => {
    const { obtain, shown } = storeOf();
    const circuit = obtain('circuit');
    expect(obtain('budget')).not.toBe(circuit);
    expect(obtain('circuit')).toBe(circuit);
    expect(shown.size).toBe(2);
  });

  it('leave the registry of their kind once nothing uses them', () => {
    const { store, obtain, shown } = storeOf();
    const circuit = obtain('circuit');
    obtain('budget');
    store.withdraw('a stranger');
    expect(shown.size).toBe(2);
    store.withdraw('orders');
    expect(shown.size).toBe(0);
    expect(obtain('circuit')).not.toBe(circuit);
  });

  it('change with a draft once it is in force, all together', () => {
    const { store, obtain, shown } = storeOf();
    const circuit = obtain('circuit');
    const draft = store.draft();
    expect(obtain('circuit', draft, circuit)).toBe(circuit);
    const added = ['budget', 'latencies'].map((kind) => obtain(kind, draft));
    const log: string[] = [];
    draft.apply(() => log.push('reconfigured'));
    expect([shown.size, log]).toEqual([1, []]);
    store.commit(draft);
    expect([[...shown], log]).toEqual([[circuit, ...added], ['reconfigured']]);
    expect(obtain('budget')).toBe(added[0]);
  });

  it('stay as they are under a draft that is thrown away', () => {
    const { store, obtain, shown } = storeOf();
    const circuit = obtain('circuit');
    const draft = store.draft();
    obtain('budget', draft);
    draft.revisit('orders');
    expect([...shown]).toEqual([circuit]);
    expect(obtain('circuit')).toBe(circuit);
  });

  it('leave with a draft in which their owner no longer claims them', () => {
    const { store, obtain, shown } = storeOf();
    const circuit = obtain('circuit');
    obtain('budget');
    const draft = store.draft();
    draft.revisit('orders');
    obtain('circuit', draft, circuit);
    store.commit(draft);
    expect([...shown]).toEqual([circuit]);
  });

  it('are added and removed at once after a draft is in force', () => {
    const { store, obtain, shown } = storeOf();
    obtain('circuit');
    const draft = store.draft();
    obtain('circuit', draft);
    store.commit(draft);
    store.withdraw('orders');
    expect(shown.size).toBe(0);
    obtain('circuit');
    expect(shown.size).toBe(1);
  });
});
