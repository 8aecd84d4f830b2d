import type { PolicyOptions } from '../strategies/policy.options.js';

/** The options of one strategy with all layers merged: durations in milliseconds, functions as text, no `undefined`. @public */
export type StrategyDescription = Readonly<Record<string, unknown>>;

/** The options in force of each strategy; undefined where it is off. @public */
export type StrategyDescriptions = {
  readonly [S in Exclude<keyof PolicyOptions, 'classify'>]?: StrategyDescription;
};

/** A pipeline as plain JSON. @public */
export interface PipelineDescription extends StrategyDescriptions {
  /** `Class.method`, or the policy's name. */
  readonly name: string;
  /** Name of the policy, where one is used. */
  readonly policy?: string;
  /** The strategies in use, outermost first. */
  readonly strategies: readonly string[];
}
