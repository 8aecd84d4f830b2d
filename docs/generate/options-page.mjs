import ms from 'ms';
import { table } from '../../simulate/markdown.mjs';
import { declaredTables } from './declared-tables.mjs';

const INTRODUCTION = `# Options

Every option with its default, what it accepts, and what it means. This page is made from the tables in the code by \`npm run docs:options\`; a
test fails when it is not current. A duration is a number of milliseconds or a text such as \`'250ms'\`, \`'2s'\`, \`'1m'\`. How layers of options
are merged: [configuration](configuration.md).`;

/**
 * The text of `docs/options.md`.
 *
 * @param load - imports a module of the library, such as `strategies/policy.options`
 */
export async function optionsPage(load) {
  const tables = declaredTables();
  const page = new Page(tables, load);
  for (const { key, refersTo } of tables.get('strategies').properties) await page.add(key, refersTo);
  await page.add('HTTP client', 'clientRules', 'Beside the strategies: of `http`, and of each request.');
  await page.add(
    'HTTP client.timeout',
    'httpTimeoutRules',
    'Beside `attempt` and `total`; of each request too.',
  );
  await page.add('HTTP request', 'requestRules', 'Of each request; they win over those of the client.');
  return page.text();
}

/** The pages that hold the table of a strategy, by its name. */
export const PAGES = {
  retry: 'docs/retry.md',
  circuitBreaker: 'docs/circuit-breaker.md',
  chaos: 'docs/chaos.md',
};

/** The table of one strategy without what its options accept: what a page about it shows. */
export async function optionsTable(load, strategy) {
  const tables = declaredTables();
  const { refersTo } = tables.get('strategies').properties.find(({ key }) => key === strategy);
  const rows = await new Page(tables, load).rowsOf(refersTo);
  return table(
    [HEAD, ...rows].map(([option, fallback, , meaning]) => [
      option,
      fallback === BELOW ? `[a table of its own](options.md#${anchorOf(strategy, option)})` : fallback,
      meaning,
    ]),
  );
}

/** `retrybudget`, as GitHub makes it of the heading `retry.budget`. */
const anchorOf = (strategy, option) => `${strategy}${option}`.replace(/[^a-z]/gi, '').toLowerCase();

const BELOW = 'the table below';
const HEAD = ['option', 'default', 'accepts', 'meaning'];

class Page {
  shown = new Set();
  sections = [INTRODUCTION];

  constructor(tables, load) {
    this.tables = tables;
    this.load = load;
  }

  async add(title, name, remark) {
    const properties = this.propertiesOf(name);
    const rows = await this.rowsOf(name);
    const level = title.includes('.') ? '###' : '##';
    this.sections.push(`${level} ${title}`, ...(remark ? [remark] : []), table([HEAD, ...rows]));
    for (const { key, refersTo } of properties) if (refersTo) await this.add(`${title}.${key}`, refersTo);
  }

  async rowsOf(name) {
    const rules = (await this.load(this.tables.get(name).module))[name];
    const properties = this.propertiesOf(name);
    this.shown.add(name);
    return properties.map((property) => rowOf(property, rules[property.key]));
  }

  /** A table that is spread into another is part of it, unless it stands on the page already. */
  propertiesOf(name) {
    return this.tables.get(name).properties.flatMap((property) => {
      if (!property.spread) return [property];
      return this.shown.has(property.spread) ? [] : this.propertiesOf(property.spread);
    });
  }

  text() {
    return `${this.sections.join('\n\n')}\n`;
  }
}

/** Where TSDoc says what the default is: it stands in a column of its own. */
const DEFAULT = /(?:^|(?<=[.;] ))Default:? (.*)\.$/;

function rowOf({ key, doc, refersTo }, rule) {
  const fallback = refersTo ? BELOW : (defaultOf(rule) ?? doc.match(DEFAULT)?.[1] ?? 'none');
  const meaning = doc.replace(DEFAULT, '').trim();
  return [`\`${key}\``, fallback, rule.expected, meaning].map((cell) => cell.replaceAll('|', '\\|'));
}

function defaultOf({ fallback, expected }) {
  if (fallback === undefined) return undefined;
  if (typeof fallback === 'number' && expected.startsWith('a duration')) return `\`'${ms(fallback)}'\``;
  return typeof fallback === 'string' ? `\`'${fallback}'\`` : `\`${JSON.stringify(fallback)}\``;
}
