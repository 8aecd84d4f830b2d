/** The name of a strategy in events, errors and the registry. */
export interface Label {
  /** The policy's name, else `Class.method`, or what `name` says. */
  readonly name: string;
  readonly policy?: string | undefined;
}
