// `npm run api` compares the public API with the reports in etc/; `npm run api -- --update` rewrites them.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';

const root = fileURLToPath(new URL('../', import.meta.url)).replace(/[\\/]$/, '');
const isUpdate = process.argv.includes('--update');
const entries = { 'nestjs-breakwater': 'index', 'nestjs-breakwater-testing': 'testing/index' };

/** What is exported is public unless it says @internal; types that leak through a signature stand in the report. */
const messages = {
  compilerMessageReporting: { default: { logLevel: 'error' } },
  extractorMessageReporting: {
    default: { logLevel: 'error' },
    'ae-missing-release-tag': { logLevel: 'none' },
    'ae-internal-missing-underscore': { logLevel: 'none' },
    'ae-undocumented': { logLevel: 'none' },
    'ae-forgotten-export': { logLevel: 'none', addToApiReportFile: true },
    'ae-unresolved-link': { logLevel: 'none', addToApiReportFile: true },
  },
  tsdocMessageReporting: { default: { logLevel: 'none' } },
};

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
      // this script says it in its own words
      if (message.logLevel === 'error' && !message.messageId.startsWith('console-'))
        console.error(`${message.sourceFilePath ?? name}: ${message.text}`);
      message.handled = true;
    },
  });
  const fresh = readFileSync(`${root}/dist/api/${name}.api.md`, 'utf8');
  const undocumented = [...fresh.matchAll(/^\/\/ @public \(undocumented\)\n(.*)$/gm)].map(([, line]) => line);
  for (const line of undocumented) console.error(`${name}: an export without documentation: ${line}`);
  if (apiReportChanged && !isUpdate)
    console.error(
      `${name}: the public API differs from etc/${name}.api.md; if it should: npm run api -- --update`,
    );
  const isFine = errorCount === 0 && undocumented.length === 0 && (isUpdate || !apiReportChanged);
  console.log(`${isFine ? 'ok  ' : 'FAIL'} etc/${name}.api.md`);
  return isFine;
}

if (!existsSync(`${root}/dist/esm/index.d.ts`)) throw new Error('Nothing is built: npm run build');
const results = Object.entries(entries).map(([name, entry]) => report(name, entry));
process.exitCode = results.every(Boolean) ? 0 : 1;
