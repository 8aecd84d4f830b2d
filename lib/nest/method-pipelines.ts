import { methodHandler } from '../pipeline/methods/method-handler.js';
import type { Pipeline } from '../pipeline/pipeline.js';
import type { MethodHandler } from '../pipeline/methods/wrap-method.js';
import { Problems } from '../policy/problems.js';
import { compileMethod } from './compile-method.js';
import type { GuardFamily } from '../strategies/guard.js';
import type { PolicyCatalogue } from '../runtime/policy-catalogue.js';
import type { Runtime } from '../runtime/runtime.js';
import type { DecoratedMethod } from './decorated-method.js';
import type { CompilerDeps, PolicyUser } from '../runtime/policy-user.js';

/** The pipelines of an application's decorated methods. */
export class MethodPipelines implements PolicyUser {
  private readonly pipelines: (Pipeline | undefined)[] = [];
  private readonly entries: (MethodHandler | undefined)[] = [];
  /** All methods that have been compiled, with the prototypes that are known to have them. */
  private readonly methods = new Map<DecoratedMethod, readonly object[]>();

  constructor(private readonly app: Runtime) {
    app.addPolicyUser(this);
  }

  /** True once the application has begun to close. */
  get isClosing(): boolean {
    return this.app.shutdown.isDraining;
  }

  /** The policies of the application. */
  get policies(): PolicyCatalogue {
    return this.app.policies;
  }

  /** The pipeline of a method; compiled at start-up, or with the first call of what start-up cannot see. */
  of(method: DecoratedMethod): Pipeline {
    return this.pipelines[method.index] ?? this.compile(method);
  }

  /** What a call of the method goes to. */
  entry(method: DecoratedMethod): MethodHandler {
    return this.entries[method.index] ?? this.enter(method, this.of(method));
  }

  /** True once the method has been compiled without a problem. */
  isKnown(method: DecoratedMethod): boolean {
    return this.pipelines[method.index] !== undefined;
  }

  /**
   * Compiles a method's pipeline and tells what is wrong with its decorators, each time until nothing is.
   *
   * @param hosts - the prototypes in use that have the method
   */
  audit(method: DecoratedMethod, hosts: readonly object[], problems: Problems): void {
    if (this.isKnown(method)) return;
    const before = problems.list.length;
    const pipeline = compileMethod(this.app, { method, hosts }, problems);
    if (problems.list.length === before) this.keep(method, hosts, pipeline);
  }

  guards(): GuardFamily[] {
    return this.pipelines.flatMap((pipeline) => pipeline?.guards ?? []);
  }

  prepareUpdate(policy: string, draft: CompilerDeps, problems: Problems): () => void {
    const users = [...this.methods].filter(([{ declarations }]) =>
      declarations.some((one) => one.policy === policy),
    );
    const updated = users.map(([method, hosts]) => {
      const subject = { method, hosts, previous: this.pipelines[method.index] };
      return { method, pipeline: compileMethod(draft, subject, problems) };
    });
    return () => {
      for (const { method, pipeline } of updated) {
        this.pipelines[method.index] = pipeline;
        this.enter(method, pipeline);
      }
    };
  }

  private compile(method: DecoratedMethod): Pipeline {
    const problems = new Problems();
    const pipeline = compileMethod(this.app, { method, hosts: [] }, problems);
    problems.throwIfAny();
    return this.keep(method, [], pipeline);
  }

  private keep(method: DecoratedMethod, hosts: readonly object[], pipeline: Pipeline): Pipeline {
    this.methods.set(method, hosts);
    return (this.pipelines[method.index] = pipeline);
  }

  private enter({ index, kind, declarations }: DecoratedMethod, pipeline: Pipeline): MethodHandler {
    const isOfClass = declarations.every((one) => one.isOfClass);
    return (this.entries[index] = methodHandler(kind, pipeline, { isOfClass }));
  }
}
