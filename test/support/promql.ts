import { parser } from '@prometheus-io/lezer-promql';
import type { Exposition } from './exposition.js';

/** What every series has from the server that scrapes it. */
const OF_THE_TARGET = ['job', 'instance'];

/** A selector of series: its metric, or undefined, and the matchers of its labels. */
interface Selector {
  metric?: string;
  readonly matchers: { label: string; operator: string; value: string }[];
}

/** The names that an expression of PromQL uses. */
interface Names {
  /** Places that the parser does not understand. */
  readonly errors: string[];
  readonly selectors: Selector[];
  /** Labels of `by`, `on` and the like. */
  readonly groupings: string[];
}

/** Reads the names in an expression. */
function namesIn(expression: string): Names {
  const names: Names = { errors: [], selectors: [], groupings: [] };
  const tree = parser.parse(expression);
  tree.iterate({
    enter({ type, from, to, node }) {
      const text = expression.slice(from, to);
      if (type.isError) names.errors.push(`at ${from}: ${expression.slice(from, from + 20)}`);
      if (type.name === 'VectorSelector') names.selectors.push({ matchers: [] });
      const selector = names.selectors.at(-1);
      if (type.name === 'Identifier' && node.parent?.name === 'VectorSelector' && selector)
        selector.metric = text;
      if (type.name.endsWith('LabelMatcher')) selector?.matchers.push(matcherOf(text));
      if (type.name === 'LabelName' && node.parent?.name === 'GroupingLabels') names.groupings.push(text);
    },
  });
  return names;
}

function matcherOf(text: string) {
  const [, label = '', operator = '', value = ''] = /^(\w+)\s*(=~|!~|!=|=)\s*"(.*)"$/.exec(text) ?? [];
  return { label, operator, value };
}

/** Metrics that a matcher of `__name__` selects, where a selector names none. */
function metricsOf({ metric, matchers }: Selector): string[] {
  return metric !== undefined
    ? [metric]
    : matchers.filter(({ label }) => label === '__name__').flatMap(({ value }) => value.split('|'));
}

/** The metrics that an expression reads. */
export const metricsIn = (expression: string): string[] => namesIn(expression).selectors.flatMap(metricsOf);

/** Complaints about one metric of a selector: labels that it does not have, values that never occur. */
function complaintsAbout(metric: string, { matchers }: Selector, exported: Exposition): string[] {
  const labels = exported.get(metric);
  if (!labels) return [`${metric} is not exported`];
  return matchers
    .filter(({ label }) => label !== '__name__' && !OF_THE_TARGET.includes(label))
    .flatMap(({ label, value }) => {
      const values = labels.get(label);
      if (!values) return [`${metric} has no label ${label}`];
      // a variable, or the absence of a label
      const words = /^\$|^$/.test(value) ? [] : value.split('|');
      return words.filter((word) => !values.has(word)).map((word) => `${metric} has no ${label}="${word}"`);
    });
}

/** Everything that is wrong with an expression, beside the metrics that are exported. */
export function wrongIn(expression: string, exported: Exposition): string[] {
  const { errors, selectors, groupings } = namesIn(expression);
  const metrics = selectors.flatMap((selector) => metricsOf(selector));
  const labels = new Set(metrics.flatMap((metric) => [...(exported.get(metric)?.keys() ?? [])]));
  return [
    ...errors,
    ...selectors.flatMap((selector) =>
      metricsOf(selector).flatMap((metric) => complaintsAbout(metric, selector, exported)),
    ),
    ...groupings
      .filter((label) => !OF_THE_TARGET.includes(label) && !labels.has(label))
      .map((label) => `no metric of the expression has the label ${label}`),
  ];
}
