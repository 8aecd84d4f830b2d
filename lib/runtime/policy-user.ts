import type { PipelineDeps } from '../pipeline/pipeline-deps.js';
import type { Problems } from '../policy/problems.js';
import type { PolicyCatalogue } from './policy-catalogue.js';
import type { StrategyFactory } from './strategy-factory.js';

/** The parts of an application, or of a draft of it, that compiling a pipeline needs. */
export interface CompilerDeps {
  readonly deps: PipelineDeps;
  readonly policies: PolicyCatalogue;
  readonly factory: StrategyFactory;
}

/** A part of the application that has compiled policies, and compiles anew when one changes. */
export interface PolicyUser {
  /**
   * Compiles everything that uses the policy against a draft of the application, and reports what is wrong. Nothing
   * changes before the returned function is called; calls under way keep the pipeline that they began with.
   */
  prepareUpdate(policy: string, draft: CompilerDeps, problems: Problems): () => void;
  /** Renews its pipelines: strategies in front of bodies have come or gone. States stay, and calls under way too. */
  renew(): void;
}
