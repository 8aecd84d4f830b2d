import { describe, expect, it } from '@jest/globals';
import { StateRegistry } from '../../../lib/strategies/state-registry.js';

interface State {
  readonly name: string;
  snapshot(): string;
}

/** Keyed states of one name, which counts how often they are listed. */
class Family {
  listed = 0;
  private readonly states = new Map<string | undefined, State>();

  constructor(
    readonly name: string,
    ...keys: (string | undefined)[]
  ) {
    for (const key of keys) {
      const stateName = key === undefined ? name : `${name}[${key}]`;
      this.states.set(key, { name: stateName, snapshot: () => stateName });
    }
  }

  list(): State[] {
    this.listed++;
    return [...this.states.values()];
  }

  peek(): State[] {
    return [...this.states.values()];
  }

  find(key?: string): State | undefined {
    return this.states.get(key);
  }
}

function registryOf(...families: Family[]): StateRegistry<State, string> {
  const registry = new StateRegistry<State, string>();
  for (const family of families) registry.add(family);
  return registry;
}

describe('a state is found by its name', () => {
  it.each<[string, Family[]]>([
    ['payments', [new Family('payments', undefined)]],
    ['payments[tenant-1]', [new Family('payments', 'tenant-1')]],
    ['http[https://[::1]:8080]', [new Family('http', 'https://[::1]:8080')]],
    ['payments[]', [new Family('payments', '')]],
    ['payments[a][b]', [new Family('payments', 'a][b')]],
    ['payments[[[]', [new Family('payments', '[[')]],
    ['payments[]]', [new Family('payments', ']')]],
    ['a[b]', [new Family('a[b]', undefined)]],
    ['a[b][c]', [new Family('a', 'x'), new Family('a[b]', 'c')]],
    ['a[b][c][d]', [new Family('a[b][c]', 'd'), new Family('a[b]', 'e')]],
    ['__proto__[constructor]', [new Family('__proto__', 'constructor')]],
  ])('%s', (name, families) => {
    const registry = registryOf(...families);
    expect(registry.get(name)?.name).toBe(name);
  });

  it('or is not there', () => {
    const registry = registryOf(new Family('payments', 'a'), new Family('orders', undefined));
    const missing = [
      'payments',
      'payments[b]',
      'payments[a',
      'payments]',
      '[a]',
      'orders[a]',
      'constructor',
      '',
    ];
    for (const name of missing) expect([name, registry.get(name)]).toEqual([name, undefined]);
  });

  it('by a look into a map: nothing is listed', () => {
    const family = new Family('payments', 'a');
    registryOf(family).get('payments[a]');
    expect(family.listed).toBe(0);
  });
});

describe('states that are taken away', () => {
  it('leave the registry', () => {
    const family = new Family('payments', undefined);
    const registry = registryOf(family, new Family('orders', undefined));
    registry.remove(family);
    expect(registry.get('payments')).toBeUndefined();
    expect(registry.snapshot()).toEqual(['orders']);
  });

  it('do not take others of the same name with them', () => {
    const before = new Family('payments', undefined);
    const after = new Family('payments', undefined);
    const registry = registryOf(before, after);
    registry.remove(before);
    expect(registry.get('payments')).toBe(after.find());
  });
});
