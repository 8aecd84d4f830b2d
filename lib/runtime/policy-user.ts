import type { Problems } from '../policy/problems.js';
import type { CompilerTools } from './compile-method.js';

/** Whoever has compiled policies, and has to compile anew when one changes. */
export interface PolicyUser {
  /**
   * Compiles everything that uses the policy against a draft of the application, and tells what is wrong. Nothing
   * changes before the returned function is called; calls under way keep the pipeline that they began with.
   */
  prepareUpdate(policy: string, draft: CompilerTools, problems: Problems): () => void;
}
