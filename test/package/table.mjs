import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { root } from './yard.mjs';

const compare = (a, b) => a.localeCompare(b, 'en', { numeric: true });
const row = (cells) => `| ${cells.join(' | ')} |`;

/** One line per application, one column per version of Node; an application that was not run has a dash. */
function table(results, nodes) {
  const names = [...new Set(results.map(({ name }) => name))];
  const lines = names.map((name) => {
    const own = results.filter((result) => result.name === name);
    const [{ uses = [] }] = own;
    const marks = nodes.map((node) => {
      const found = own.find((result) => result.node === node);
      if (!found) return '–';
      return found.isOk ? 'passed' : '**failed**';
    });
    return row([name, uses.join(', '), ...marks]);
  });
  return [
    row(['', 'with', ...nodes.map((node) => `Node ${node}`)]),
    row(['---', '---', ...nodes.map(() => '---')]),
    ...lines,
  ];
}

/** docs/compatibility.md, from what was really run. */
export async function writeTable(results, { nest }) {
  const nodes = [...new Set(results.map(({ node }) => node))].sort(compare);
  const of = (yard) => results.filter((result) => result.yard === yard);
  const text = [
    '# Compatibility',
    '',
    '<!-- written by `npm run test:node`; do not edit -->',
    '',
    'Breakwater runs on Node.js 20.19 and newer with NestJS 11 and 12. Each application below was generated, the packed',
    'library installed in it, and run: the module is registered, a method is retried on a `ManualClock`, a circuit opens,',
    'and an HTTP call gets through a real upstream that answers 503 at first. Those that tsc has compiled also load the',
    'library with `import` and `require` in one process, and find one copy. The library’s own tests are all but those of the',
    'documentation and of the types.',
    '',
    `Last run: ${new Date().toISOString().slice(0, 10)}.`,
    '',
    `## NestJS ${nest[0]}`,
    '',
    ...table(of('nest-11'), nodes),
    '',
    `## NestJS ${nest[1]}`,
    '',
    ...table(of('nest-12'), nodes),
    '',
    '## Formats',
    '',
    'The package holds ESM and CommonJS, one bundled file per entry and format. `exports` names the condition `module-sync` first: Node.js from 20.19 on, and',
    'bundlers that know it, load the ESM files for `import` and for `require` alike, so that a process has one copy. Tools',
    'that do not know it find `import` and `require`. `nestjs-breakwater/testing` also resolves for TypeScript’s classic',
    '`node10` resolution.',
    '',
    'esbuild emits no decorator metadata: compile with tsc or SWC first, or name the token with `@Inject()`. The metadata is',
    'needed by your classes, not by the library.',
    '',
    '## Run it yourself',
    '',
    '```sh',
    'npm run build',
    'npm run test:package            # a quick part, as in CI',
    'npm run test:package -- --all   # every application, on this Node.js',
    'npm run test:node               # every application and the tests, on Node.js 20, 22, 24 and 26; writes this page',
    'npm run test:nest11             # the tests of the library on NestJS 11',
    '```',
    '',
  ];
  const formatted = await format(text.join('\n'), { parser: 'markdown' });
  writeFileSync(join(root, 'docs/compatibility.md'), formatted);
}
