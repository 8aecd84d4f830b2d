import { Pipeline } from '../pipeline/pipeline.js';
import type { Problems } from '../policy/problems.js';
import { checkPolicy, checkStrategy } from '../strategies/policy.options.js';
import type { Label } from '../strategies/label.js';
import type { PolicyLayer, StrategyName } from '../strategies/policy.options.js';
import { attemptParameterOf } from './attempt-parameter.js';
import { displayName } from './decorated-method.js';
import type { Declaration, DecoratedMethod } from './decorated-method.js';
import type { CompilerDeps } from '../runtime/policy-user.js';
import { checkRetriesEnd } from '../runtime/strategy-factory.js';
import type { StrategyRequest } from '../runtime/strategy-request.js';

/** A method that is to be compiled. */
export interface Subject {
  readonly method: DecoratedMethod;
  /** The prototypes in use that have it, as far as they are known. */
  readonly hosts: readonly object[];
  /** The pipeline that the new one takes the place of, whose states are kept. */
  readonly previous?: Pipeline | undefined;
}

/** Compiles the decorators of a method into its one pipeline; the order of the decorators does not matter. */
export function compileMethod(
  app: CompilerDeps,
  { method, hosts, previous }: Subject,
  problems: Problems,
): Pipeline {
  tellOfDuplicates(method, problems);
  const orders = new Map<Declaration, Omit<StrategyRequest, 'previous'>>();
  const orderOf = (strategy: StrategyName): StrategyRequest | undefined => {
    const declaration = declarationFor(method, strategy);
    if (!declaration) return undefined;
    const order = orders.get(declaration) ?? orderFor(app, method, declaration, problems);
    orders.set(declaration, order);
    return { ...order, hosts, previous: previous?.parts };
  };
  const name = displayName(method);
  const made = app.factory.parts(orderOf, problems);
  const parts = { name, family: familyOf(name, [...orders.values()]), deps: app.deps, ...made };
  checkRetriesEnd(parts.inForce, `${name} @Retryable`, problems);
  return new Pipeline(parts, attemptParameterOf(method.owner, method.key));
}

/** The name of the calls in events: the policy, if all decorators name the same one. */
function familyOf(name: string, requests: readonly Pick<StrategyRequest, 'policy'>[]): Label {
  const [policy] = requests.map((request) => request.policy);
  const isShared = policy !== undefined && requests.every((request) => request.policy === policy);
  return isShared ? { name: policy, policy } : { name };
}

/** A specific decorator beats one for all strategies, and one at the method that at its class. */
function declarationFor({ declarations }: DecoratedMethod, strategy: StrategyName): Declaration | undefined {
  const forAll = declarations.filter((one) => one.strategy === undefined);
  return (
    declarations.find((one) => one.strategy === strategy) ??
    forAll.find(({ isOfClass }) => !isOfClass) ??
    forAll[0]
  );
}

function tellOfDuplicates(method: DecoratedMethod, problems: Problems): void {
  const seen = new Set<string>();
  for (const { decorator, isOfClass } of method.declarations) {
    const what = `${decorator}${isOfClass ? ' at the class' : ''}`;
    const where = `${displayName(method)} ${decorator}`;
    if (seen.has(what)) problems.add(where, `the decorator once on a method`, `${decorator} twice`);
    seen.add(what);
  }
}

function orderFor(
  app: CompilerDeps,
  method: DecoratedMethod,
  declaration: Declaration,
  problems: Problems,
): StrategyRequest {
  const { strategy, policy } = declaration;
  const name = displayName(method);
  const where = `${name} ${declaration.decorator}`;
  const layers = [
    ...(strategy ? [{ [strategy]: {} }] : []),
    ...app.policies.layersOf(policy, where, problems),
    inline(declaration, where, problems),
  ];
  const isSpecific = strategy !== undefined;
  return { layers, policy, name, identity: method, where, isSpecific };
}

function inline({ strategy, options }: Declaration, where: string, problems: Problems): PolicyLayer {
  if (options === undefined) return {};
  if (!strategy) return checkPolicy(options, where, problems);
  return { [strategy]: checkStrategy(strategy, options, where, problems) };
}
