import type { Guard, GuardFamily } from '../../strategies/guard.js';

/** The guard of a call among those of a name. */
export function guardOf(family: GuardFamily, args: readonly unknown[], key: string | undefined): Guard {
  const isKeyed = key !== undefined && family.isFoundByArguments !== true;
  return isKeyed ? family.forKey(key) : family.forCall(args);
}
