import { Pipeline } from '../pipeline/pipeline.js';
import type { Problems } from '../policy/problems.js';
import { checkPolicy, checkStrategy, resolveStrategy, strategyRules } from '../strategies/policy.options.js';
import type { PolicyLayer, StrategyName } from '../strategies/policy.options.js';
import { displayName } from './decorated-method.js';
import type { Declaration, DecoratedMethod } from './decorated-method.js';
import type { CompilerTools } from '../runtime/policy-user.js';
import type { Order } from '../runtime/strategy-workshop.js';

/** A method that is to be compiled. */
export interface Subject {
  readonly method: DecoratedMethod;
  /** The prototypes in use that have it, as far as they are known. */
  readonly hosts: readonly object[];
  /** The pipeline that the new one takes the place of, whose states are kept. */
  readonly previous?: Pipeline | undefined;
}

/**
 * Compiles the decorators of a method into its one pipeline; the order of the decorators does not matter.
 *
 * @param isPassThrough - true if the pipeline is to have no strategy; its options are checked all the same
 */
export function compileMethod(
  app: CompilerTools,
  { method, hosts, previous }: Subject,
  problems: Problems,
  isPassThrough: boolean,
): Pipeline {
  tellOfDuplicates(method, problems);
  const orders = new Map(method.declarations.map((one) => [one, orderFor(app, method, one, problems)]));
  const orderOf = (strategy: StrategyName): Order | undefined => {
    const order = orders.get(declarationFor(method, strategy) as Declaration);
    return order && { ...order, hosts, previous: previous?.parts };
  };
  if (!isPassThrough) for (const [one, { layers }] of orders) tellIfIdle(method, one, layers, problems);
  const strategies = isPassThrough ? {} : app.workshop.parts(orderOf, problems);
  return new Pipeline({ name: displayName(method), tools: app.tools, ...strategies }, method.attemptAt);
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

const LIMITS = 'a limit: an attempt or a total, here, in the policy or in the defaults';
const STRATEGIES = Object.keys(strategyRules) as StrategyName[];

/** Tells of a decorator that finds nothing to do; `false`, written by the user, is something. */
function tellIfIdle(
  method: DecoratedMethod,
  { decorator, strategy, policy }: Declaration,
  layers: readonly PolicyLayer[],
  problems: Problems,
): void {
  const where = `${displayName(method)} ${decorator}`;
  // a name or an option that is wrong has been told already
  if (problems.list.some(({ path }) => path.startsWith(where))) return;
  const isOff = (one: StrategyName) => layers.findLast((layer) => layer[one] !== undefined)?.[one] === false;
  const isInForce = (one: StrategyName) => {
    const options = resolveStrategy(one, layers) as { attempt?: number; total?: number } | undefined;
    if (one !== 'timeout' || !options) return options !== undefined;
    return options.attempt !== undefined || options.total !== undefined;
  };
  if (strategy === 'timeout' && !isInForce(strategy) && !isOff(strategy)) problems.add(where, LIMITS, policy);
  if (strategy !== undefined || STRATEGIES.some((one) => isInForce(one) || isOff(one))) return;
  problems.add(
    where,
    'a strategy in the policy or in the defaults, as it protects nothing otherwise',
    policy,
  );
}

function orderFor(
  app: CompilerTools,
  method: DecoratedMethod,
  declaration: Declaration,
  problems: Problems,
): Order {
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
  { policies }: CompilerTools,
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
