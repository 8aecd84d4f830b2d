// `npm run api` compares the public API with the reports in etc/; `npm run api -- --update` rewrites them.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';
import { subpaths } from './subpaths.mjs';

const root = fileURLToPath(new URL('../', import.meta.url)).replace(/[\\/]$/, '');
const isUpdate = process.argv.includes('--update');
const reports = [
  ['nestjs-breakwater', 'index'],
  ...subpaths.map(({ name, folder }) => [`nestjs-breakwater-${name}`, `${folder}/index`]),
];

/** What is exported says @public and is documented, and whatever it mentions is exported too. */
const messages = {
  compilerMessageReporting: { default: { logLevel: 'error' } },
  extractorMessageReporting: {
    default: { logLevel: 'error' },
    'ae-undocumented': { logLevel: 'error' },
  },
  tsdocMessageReporting: { default: { logLevel: 'none' } },
};

/** A subpath mentions what the index exports: users import it from there. */
function exportedElsewhere(entry, { messageId, text }) {
  if (entry === 'index' || messageId !== 'ae-forgotten-export') return false;
  const symbol = /The symbol "(\w+)"/.exec(text)?.[1];
  const main = readFileSync(`${root}/etc/nestjs-breakwater.api.md`, 'utf8');
  return new RegExp(`^export (?:abstract )?(?:class|interface|type) ${symbol}\\b`, 'm').test(main);
}

function report(name, entry) {
  const config = ExtractorConfig.prepare({
    packageJsonFullPath: `${root}/package.json`,
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: `${root}/dist/esm/${entry}.d.ts`,
      newlineKind: 'lf',
      compiler: { tsconfigFilePath: `${root}/lib/tsconfig.lib.json` },
      apiReport: {
        enabled: true,
        reportFileName: `${name}.api.md`,
        reportFolder: `${root}/etc`,
        reportTempFolder: `${root}/dist/api`,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages,
    },
  });
  const { apiReportChanged, errorCount } = Extractor.invoke(config, {
    localBuild: isUpdate,
    messageCallback: (message) => {
      if (exportedElsewhere(entry, message)) message.logLevel = 'none';
      // this script says it in its own words
      if (message.logLevel === 'error' && !message.messageId.startsWith('console-'))
        console.error(`${message.sourceFilePath ?? name}: ${message.text}`);
      message.handled = true;
    },
  });
  if (apiReportChanged && !isUpdate)
    console.error(
      `${name}: the public API differs from etc/${name}.api.md; if it should: npm run api -- --update`,
    );
  const isFine = errorCount === 0 && (isUpdate || !apiReportChanged);
  console.log(`${isFine ? 'ok  ' : 'FAIL'} etc/${name}.api.md`);
  return isFine;
}

if (!existsSync(`${root}/dist/esm/index.d.ts`)) throw new Error('Nothing is built: npm run build');
const results = reports.map(([name, entry]) => report(name, entry));
process.exitCode = results.every(Boolean) ? 0 : 1;
