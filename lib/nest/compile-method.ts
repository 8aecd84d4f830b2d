import { Pipeline } from '../pipeline/pipeline.js';
import type { Problems } from '../policy/problems.js';
import { checkPolicy, checkStrategy, resolveStrategy, STRATEGY_NAMES } from '../strategies/policy.options.js';
import type { Label } from '../strategies/label.js';
import type { PolicyLayer, StrategyName } from '../strategies/policy.options.js';
import { displayName } from './decorated-method.js';
import type { Declaration, DecoratedMethod } from './decorated-method.js';
import type { CompilerDeps } from '../runtime/policy-user.js';
import { checkRetriesEnd } from '../runtime/strategy-factory.js';
import type { StrategyRequest } from '../runtime/strategy-request.js';

/** A method that is to be compiled. */
export interface Subject {
  readonly method: DecoratedMethod;
  /** The prototypes in use that have it, as far as they are known. */
  readonly prototypes: readonly object[];
  /** The pipeline that the new one takes the place of, whose states are kept. */
  readonly previous?: Pipeline | undefined;
}

/**
 * Compiles the decorators of a method into its one pipeline; the order of the decorators does not matter.
 *
 * @param isPassThrough - true if the pipeline is to have no strategy; its options are checked all the same
 */
export function compileMethod(
  app: CompilerDeps,
  { method, prototypes, previous }: Subject,
  problems: Problems,
  isPassThrough: boolean,
): Pipeline {
  reportDuplicates(method, problems);
  const requests = new Map(method.declarations.map((one) => [one, requestFor(app, method, one, problems)]));
  const requestOf = (strategy: StrategyName): StrategyRequest | undefined => {
    const request = requests.get(declarationFor(method, strategy) as Declaration);
    return request && { ...request, prototypes, previous: previous?.parts };
  };
  const name = displayName(method);
  if (!isPassThrough) for (const [one, { layers }] of requests) reportIfIdle(method, one, layers, problems);
  const made = app.factory.parts(method, requestOf, problems, isPassThrough ? [] : STRATEGY_NAMES);
  const { where = name, isSpecific = false } = requestOf('retry') ?? {};
  checkRetriesEnd(made.inForce, isSpecific ? where : `${where}.retry`, problems);
  const family = familyOf(name, [...requests.values()]);
  const policies = method.declarations.map(({ policy }) => policy).filter((policy) => policy !== undefined);
  return new Pipeline({ name, policies, family, deps: app.deps, ...made }, method.attemptAt);
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

function reportDuplicates(method: DecoratedMethod, problems: Problems): void {
  const seen = new Set<string>();
  for (const { decorator, isOfClass } of method.declarations) {
    const what = `${decorator}${isOfClass ? ' at the class' : ''}`;
    const where = `${displayName(method)} ${decorator}`;
    if (seen.has(what)) problems.add(where, `the decorator once on a method`, `${decorator} twice`);
    seen.add(what);
  }
}

const EXPECTED_LIMITS = 'a limit: an attempt or a total, here, in the policy or in the defaults';

/** Reports a decorator without effect; a `false` that the user wrote is an effect. */
function reportIfIdle(
  method: DecoratedMethod,
  { decorator, strategy, policy }: Declaration,
  layers: readonly PolicyLayer[],
  problems: Problems,
): void {
  const where = `${displayName(method)} ${decorator}`;
  // a name or an option that is wrong has been reported already
  if (problems.list.some(({ path }) => path.startsWith(where))) return;
  const isOff = (one: StrategyName) => layers.findLast((layer) => layer[one] !== undefined)?.[one] === false;
  const isInForce = (one: StrategyName) => {
    const options = resolveStrategy(one, layers) as { attempt?: number; total?: number } | undefined;
    if (one !== 'timeout' || !options) return options !== undefined;
    return options.attempt !== undefined || options.total !== undefined;
  };
  if (strategy === 'timeout' && !isInForce(strategy) && !isOff(strategy))
    problems.add(where, EXPECTED_LIMITS, policy);
  if (strategy !== undefined || STRATEGY_NAMES.some((one) => isInForce(one) || isOff(one))) return;
  problems.add(
    where,
    'a strategy in the policy or in the defaults, as it protects nothing otherwise',
    policy,
  );
}

function requestFor(
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
    ...layersOf(app, declaration, where, problems),
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

/** A name that is no policy may have been meant to be something else. */
function layersOf(
  { policies }: CompilerDeps,
  { policy, alternative }: Declaration,
  where: string,
  problems: Problems,
): PolicyLayer[] {
  const before = problems.list.length;
  const layers = policies.layersOf(policy, where, problems);
  if (alternative === undefined) return layers;
  for (const { path, expected, got } of problems.list.splice(before))
    problems.add(path, `${alternative}, or ${expected}`, got);
  return layers;
}
