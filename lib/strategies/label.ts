/** What a strategy is called in events, errors and the registry. */
export interface Label {
  /** The policy's name, else `Class.method`, or what `name` says. */
  readonly name: string;
  readonly policy?: string | undefined;
}

/** The part of an event that says whose it is; `policy` is left out where there is none. */
export function labelFields({ name, policy }: Label): { name: string; policy?: string } {
  return policy === undefined ? { name } : { name, policy };
}
