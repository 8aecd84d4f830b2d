import { describe, expect, it } from '@jest/globals';
import { Problems } from '../../../lib/policy/problems.js';
import { NamedStateStore } from '../../../lib/runtime/named-state-store.js';
import type { Claim, Origin } from '../../../lib/runtime/named-state-store.js';

interface State {
  readonly name: string;
  isIdle: boolean;
}

/** The claim of the one pipeline in its place. */
const claimOf = (name: string, { where = `${name}.retry`, ...more }: Partial<Claim> = {}): Claim => ({
  name,
  isExplicit: false,
  identity: name,
  options: {},
  owner: where,
  where,
  isNamedByCall: false,
  ...more,
});

/** A store whose changes are made at once, with what a registry would show. */
function storeOf() {
  const store = new NamedStateStore<State>((change) => change());
  const shown = new Set<State>();
  const problems = new Problems();
  const origin: Origin<State> = {
    make: (name) => ({ name, isIdle: true }),
    previous: undefined,
    onAdded: (state) => shown.add(state),
    onRemoved: (state) => shown.delete(state),
  };
  const obtain = (claim: Claim, previous?: State, from = store) =>
    from.obtain(claim, { ...origin, previous }, problems);
  const byCall = (name: string, from = store) =>
    obtain(claimOf(name, { isNamedByCall: true, isExplicit: true }), undefined, from) as State;
  const names = () => [...shown].map(({ name }) => name);
  return { store, obtain, byCall, names, problems };
}

describe('a state', () => {
  it('is shared by the claims of one identity, as long as their options agree', () => {
    const { obtain, names } = storeOf();
    const first = obtain(claimOf('Orders.find', { options: { maxRetries: 1 } }));
    expect(obtain(claimOf('Orders.find', { options: { maxRetries: 1 }, where: 'elsewhere' }))).toBe(first);
    expect(obtain(claimOf('Orders.find', { options: { maxRetries: 2 } }))?.name).toBe('Orders.find#2');
    expect(names()).toEqual(['Orders.find', 'Orders.find#2']);
  });

  it('is not shared by two methods whose names are alike by accident', () => {
    const { obtain } = storeOf();
    const [one, other] = [class {}, class {}].map((identity) => obtain(claimOf('Orders.find', { identity })));
    expect([one?.name, other?.name]).toEqual(['Orders.find', 'Orders.find#2']);
  });

  it('of a written name is shared by all that write it, and refused where their options differ', () => {
    const { obtain, problems } = storeOf();
    const written = (where: string, ratio: number) =>
      obtain(claimOf('shared', { isExplicit: true, identity: 'shared', where, options: { ratio } }));
    expect(written('a', 1)).toBe(written('b', 1));
    expect(written('c', 2)).toBeUndefined();
    expect(problems.list).toEqual([
      { path: 'c.name', expected: 'the options of a, which has the same name', got: 'shared' },
    ]);
  });

  it('has the same options as another whose functions have the same text', () => {
    const { obtain } = storeOf();
    const [one, other] = [1, 2].map(() =>
      obtain(claimOf('execute', { options: { key: (tenant: string) => tenant } })),
    );
    expect(one).toBe(other);
  });

  it('has at most 50 variants: beyond them the newest takes the place of the last', () => {
    const { obtain, names } = storeOf();
    const variants = Array.from({ length: 60 }, (_, ratio) =>
      obtain(claimOf('orders', { options: { ratio } })),
    );
    expect(variants[49]?.name).toBe('orders#50');
    expect(variants.slice(50).map((state) => state?.name)).toEqual(Array(10).fill('orders#51'));
    expect(new Set(names()).size).toBe(51);
  });

  it('leaves the registry once nothing uses it, and its name is free', () => {
    const { store, obtain, names } = storeOf();
    const state = obtain(claimOf('orders')) as State;
    obtain(claimOf('orders', { where: 'elsewhere' }));
    store.withdraw('orders.retry');
    expect(names()).toEqual(['orders']);
    store.withdraw('elsewhere');
    expect(names()).toEqual([]);
    expect(obtain(claimOf('orders'))).not.toBe(state);
  });

  it('is spoken for by another of its owners once the first has left', () => {
    const { store, obtain, problems } = storeOf();
    const written = { isExplicit: true, identity: 'shared' };
    for (const where of ['a', 'b']) obtain(claimOf('shared', { ...written, where }));
    store.withdraw('a');
    obtain(claimOf('shared', { ...written, where: 'c', options: { ratio: 2 } }));
    expect(problems.list).toMatchObject([{ expected: 'the options of b, which has the same name' }]);
  });

  it('that the 51st variant has replaced is no longer held by its owner', () => {
    const { store, obtain, names } = storeOf();
    for (let ratio = 0; ratio < 52; ratio++)
      obtain(claimOf('orders', { options: { ratio }, where: `${ratio}` }));
    store.withdraw('50');
    expect(names().filter((name) => name === 'orders#51')).toHaveLength(2);
    store.withdraw('51');
    expect(names().filter((name) => name === 'orders#51')).toHaveLength(1);
  });
});

describe('states whose names come from calls', () => {
  it('are 1000 at most: the least recently used leaves the registry', () => {
    const { byCall, names } = storeOf();
    for (let call = 0; call < 1000; call++) byCall(`call ${call}`);
    const kept = byCall('call 0');
    expect(names()).toHaveLength(1000);
    byCall('call 1000');
    expect(names()).toHaveLength(1000);
    expect(names()).not.toContain('call 1');
    expect(byCall('call 0')).toBe(kept);
  });

  it('leave when they are idle, before those that are not', () => {
    const { byCall, names } = storeOf();
    byCall('open circuit').isIdle = false;
    for (let call = 0; call < 1500; call++) byCall(`call ${call}`);
    expect(names()).toHaveLength(1000);
    expect(names()).toContain('open circuit');
  });

  it('stay for good if they stand in the options as well', () => {
    const { obtain, byCall, names } = storeOf();
    const state = byCall('orders');
    expect(obtain(claimOf('orders', { isExplicit: true }))).toBe(state);
    for (let call = 0; call < 1500; call++) byCall(`call ${call}`);
    expect(names()).toContain('orders');
    expect(byCall('orders')).toBe(state);
  });

  it('count again once they stand in no options any more', () => {
    const { store, obtain, byCall, names } = storeOf();
    obtain(claimOf('orders', { isExplicit: true, where: 'policy' }));
    byCall('orders');
    store.withdraw('policy');
    for (let call = 0; call < 1000; call++) byCall(`call ${call}`);
    expect(names()).toHaveLength(1000);
    expect(names()).not.toContain('orders');
  });

  it('do not count those that stand in the options', () => {
    const { obtain, byCall, names } = storeOf();
    obtain(claimOf('orders', { isExplicit: true }));
    byCall('orders');
    for (let call = 0; call < 1000; call++) byCall(`call ${call}`);
    expect(names()).toHaveLength(1001);
  });

  it('are as many again once one was removed and its name given again', () => {
    const { store, byCall, names } = storeOf();
    byCall('orders');
    store.withdraw('orders.retry');
    byCall('orders');
    for (let call = 0; call < 1000; call++) byCall(`call ${call}`);
    expect(names()).toHaveLength(1000);
    expect(names()).not.toContain('orders');
  });
});

describe('a draft', () => {
  /** A draft of a store, whose changes are made by `commit`. */
  function draftOf(store: NamedStateStore<State>) {
    const changes: (() => void)[] = [];
    const draft = store.draft((change) => changes.push(change));
    return { draft, commit: () => changes.splice(0).forEach((change) => change()) };
  }

  it('keeps the state of a place that comes back, with its new options', () => {
    const { store, obtain, problems } = storeOf();
    const state = obtain(claimOf('orders', { options: { ratio: 1 } }));
    const { draft } = draftOf(store);
    draft.revisit('orders.retry');
    const options = { ratio: 2 };
    expect(obtain(claimOf('orders', { options }), state, draft)).toBe(state);
    expect(obtain(claimOf('orders', { options, where: 'elsewhere' }), undefined, draft)).toBe(state);
    draft.checkRevision(problems);
    expect(problems.list).toEqual([]);
    expect(obtain(claimOf('orders', { options }))?.name).toBe('orders#2');
  });

  it('is refused if the options of a written name change in one place and not in another', () => {
    const { store, obtain, problems } = storeOf();
    const written = { isExplicit: true, identity: 'shared' };
    const state = obtain(claimOf('shared', { ...written, where: 'a' }));
    obtain(claimOf('shared', { ...written, where: 'b' }));
    const { draft } = draftOf(store);
    draft.revisit('a');
    obtain(claimOf('shared', { ...written, where: 'a', options: { ratio: 2 } }), state, draft);
    draft.checkRevision(problems);
    expect(problems.list).toEqual([
      { path: 'a.name', expected: 'the options of b, which has the same name', got: 'shared' },
    ]);
  });

  it('takes a state from owners that came back without a claim to it, and from no other', () => {
    const { store, obtain, names } = storeOf();
    for (const where of ['a', 'b']) obtain(claimOf('shared', { where }));
    obtain(claimOf('single', { where: 'a' }));
    const { draft, commit } = draftOf(store);
    draft.revisit('a');
    draft.settle();
    expect(names()).toEqual(['shared', 'single']);
    commit();
    expect(names()).toEqual(['shared']);
    draft.withdraw('b');
    commit();
    expect(names()).toEqual([]);
  });

  it('keeps the claim of an owner that came back and made it again', () => {
    const { store, obtain, problems } = storeOf();
    const written = { isExplicit: true, identity: 'shared' };
    const state = obtain(claimOf('shared', { ...written, where: 'a' }));
    obtain(claimOf('shared', { ...written, where: 'b' }));
    const { draft } = draftOf(store);
    const options = { ratio: 2 };
    for (const where of ['a', 'b']) {
      draft.revisit(where);
      expect(obtain(claimOf('shared', { ...written, where, options }), state, draft)).toBe(state);
    }
    draft.checkRevision(problems);
    expect(problems.list).toEqual([]);
  });

  it('shows a new state, and takes one away, only once it is in force', () => {
    const { store, byCall, names } = storeOf();
    for (let call = 0; call < 1000; call++) byCall(`call ${call}`);
    const { draft, commit } = draftOf(store);
    byCall('new', draft);
    expect(names()).toHaveLength(1000);
    expect(names()).toContain('call 0');
    commit();
    expect(names()).toHaveLength(1000);
    expect([names().includes('call 0'), names().includes('new')]).toEqual([false, true]);
  });

  it('remembers in which order the names of calls were used', () => {
    const { store, byCall, names } = storeOf();
    for (let call = 0; call < 1000; call++) byCall(`call ${call}`);
    byCall('call 0');
    const { draft, commit } = draftOf(store);
    byCall('new', draft);
    commit();
    expect([names().includes('call 0'), names().includes('call 1')]).toEqual([true, false]);
  });
});
