import { methodHandler } from '../pipeline/methods/method-handler.js';
import { Pipeline } from '../pipeline/pipeline.js';
import type { MethodHandler } from '../pipeline/methods/wrap-method.js';
import { withoutStrategies } from '../pipeline/pipeline-parts.js';
import { newProblems } from '../policy/problems.js';
import type { Problems } from '../policy/problems.js';
import { compileMethod } from './compile-method.js';
import type { PolicyCatalogue } from '../runtime/policy-catalogue.js';
import { renewed } from '../runtime/renewed-pipeline.js';
import type { Runtime } from '../runtime/runtime.js';
import { displayName } from './decorated-method.js';
import type { DecoratedMethod, MethodRuntime } from './decorated-method.js';
import { copyProblem, registerRuntime, THIS_COPY } from './package-copy.js';
import { handOver } from './runtime-token.js';
import type { CompilerDeps, PolicyUser } from '../runtime/policy-user.js';

/** A method that has been compiled, with the prototypes that are known to have it. */
interface Compiled {
  readonly pipeline: Pipeline;
  readonly prototypes: readonly object[];
  /** The handler of its calls, made with the first one; undefined inside if they run bare. */
  handler?: { current: MethodHandler | undefined } | undefined;
}

/** The pipelines of an application's decorated methods. */
export class MethodPipelines implements PolicyUser, MethodRuntime {
  readonly shared = new Set<object>();
  /** The prototypes of instances that were bound, and whether they have decorated methods. */
  readonly examined = new WeakMap<object, boolean>();
  private readonly compiled = new Map<DecoratedMethod, Compiled>();
  private hasClosed = false;

  constructor(private readonly app: Runtime) {
    app.addPolicyUser(this);
    registerRuntime(this);
  }

  /** True once the application has begun to close. */
  get isClosing(): boolean {
    return this.app.shutdown.isDraining;
  }

  /** True if every method runs bare. */
  get isPassThrough(): boolean {
    return this.app.isPassThrough;
  }

  /** Collects what is wrong with decorators, as far as it matters to this application. */
  newProblems(): Problems {
    return newProblems(this.isPassThrough);
  }

  /** The policies of the application. */
  get policies(): PolicyCatalogue {
    return this.app.policies;
  }

  /** The pipeline of a method; compiled at start-up, or with the first call of what start-up cannot see. */
  of(method: DecoratedMethod): Pipeline {
    return this.find(method).pipeline;
  }

  /** The handler of a method's calls; undefined if they run bare. */
  handlerOf(method: DecoratedMethod): MethodHandler | undefined {
    const { successor } = method;
    // the pipeline stands around another library's decorator, and this call comes from there
    if (successor) return undefined;
    const compiled = this.find(method);
    const { current } = compiled.handler ?? this.enter(method, compiled);
    // a method would keep an application alive that has closed
    if (!this.hasClosed) method.remember(this, current);
    return current;
  }

  /** True once the method has been compiled without a problem. */
  isKnown(method: DecoratedMethod): boolean {
    return this.compiled.has(method);
  }

  /**
   * Compiles a method's pipeline and reports what is wrong with its decorators, each time until nothing is.
   *
   * @param prototypes - the prototypes in use that have the method
   */
  audit(method: DecoratedMethod, prototypes: readonly object[], problems: Problems): void {
    if (this.isKnown(method)) return;
    const before = problems.list.length;
    const pipeline = this.compile(this.app, { method, prototypes }, problems);
    if (problems.list.length === before) this.keep(method, { pipeline, prototypes });
    else this.app.factory.withdraw(method);
  }

  prepareUpdate(policy: string, draft: CompilerDeps, problems: Problems): () => void {
    const users = [...this.compiled].filter(([{ declarations }]) =>
      declarations.some((one) => one.policy === policy),
    );
    const updated = users.map(([method, { prototypes, pipeline: previous }]) => {
      const pipeline = this.compile(draft, { method, prototypes, previous }, problems);
      return { method, compiled: { prototypes, pipeline } };
    });
    return () => {
      for (const { method, compiled } of updated) this.enter(method, this.keep(method, compiled));
    };
  }

  renew(): void {
    for (const [method, known] of this.compiled) {
      const pipeline = renewed(known.pipeline);
      if (pipeline === known.pipeline) continue;
      const previous = known.handler?.current;
      this.enter(method, this.keep(method, { ...known, pipeline, handler: undefined }), previous);
    }
  }

  /** Lets other applications have the instances that they share with this one; it has begun to close. */
  handOver(): void {
    handOver(this);
  }

  /** Lets go of the application: it has closed. */
  close(): void {
    this.hasClosed = true;
    for (const method of this.compiled.keys()) method.forget(this);
  }

  private find(method: DecoratedMethod): Compiled {
    const known = this.compiled.get(method);
    if (known) return known;
    const problems = this.newProblems();
    this.audit(method, [], problems);
    problems.throwIfAny();
    return this.compiled.get(method) as Compiled;
  }

  private compile(app: CompilerDeps, subject: Parameters<typeof compileMethod>[1], problems: Problems) {
    const { method } = subject;
    if (method.copy === THIS_COPY) return compileMethod(app, subject, problems, this.isPassThrough);
    const [{ decorator = '' } = {}] = method.declarations;
    // a version before this one did not say where it is
    const { file = 'another copy' } = (method.copy as typeof THIS_COPY | undefined) ?? {};
    const name = displayName(method);
    // also where hardly anything is checked: nothing of the method is known
    problems.list.push(copyProblem(`${name} ${decorator}`, THIS_COPY.file, file));
    return new Pipeline(withoutStrategies(name, app.deps));
  }

  private keep(method: DecoratedMethod, compiled: Compiled): Compiled {
    this.compiled.set(method, compiled);
    return compiled;
  }

  private enter(
    method: DecoratedMethod,
    compiled: Compiled,
    previous?: MethodHandler,
  ): { current: MethodHandler | undefined } {
    const handler = { current: this.newHandler(method, compiled, previous) };
    compiled.handler = handler;
    method.forget(this);
    return handler;
  }

  private newHandler(
    method: DecoratedMethod,
    compiled: Compiled,
    previous?: MethodHandler,
  ): MethodHandler | undefined {
    const { kind, attemptAt, isWhole } = method;
    if (this.isPassThrough && attemptAt === undefined) return undefined;
    return methodHandler(kind, compiled.pipeline, { isOfClass: isWhole }, previous);
  }
}
