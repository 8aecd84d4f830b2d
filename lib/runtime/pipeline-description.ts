/** The options of one strategy with all layers merged: durations in milliseconds, functions as text, no `undefined`. @public */
export type StrategyDescription = Readonly<Record<string, unknown>>;

/** A pipeline as plain JSON. @public */
export interface PipelineDescription {
  /** `Class.method`, or the policy's name. */
  readonly name: string;
  /** Name of the policy, where one is used. */
  readonly policy?: string;
  /** The strategies in use, outermost first. */
  readonly strategies: readonly string[];
  /** Its options; undefined if it is off. */
  readonly fallback?: StrategyDescription;
  /** Its options; undefined if it is off. */
  readonly timeout?: StrategyDescription;
  /** Its options; undefined if it is off. */
  readonly retry?: StrategyDescription;
  /** Its options; undefined if it is off. */
  readonly hedge?: StrategyDescription;
  /** Its options; undefined if it is off. */
  readonly circuitBreaker?: StrategyDescription;
  /** Its options; undefined if it is off. */
  readonly rateLimit?: StrategyDescription;
  /** Its options; undefined if it is off. */
  readonly bulkhead?: StrategyDescription;
}
