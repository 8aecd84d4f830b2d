// An application without the optional peers: each subpath that needs one tells the command that installs it, however it is loaded.
import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const installed = join(import.meta.dirname, '../../node_modules');
const PEERS = {
  'nestjs-breakwater/opentelemetry': '@opentelemetry/api',
  'nestjs-breakwater/terminus': '@nestjs/terminus',
};

const esm = `import('nestjs-breakwater'), import('@nestjs/core')`;
const cjs = `require('nestjs-breakwater'), require('@nestjs/core')`;
/** An application whose client keeps answers by their headers. */
const startOf = (packages) => `
  Promise.all([${packages}]).then(async ([{ ResilienceModule }, { NestFactory }]) => {
    const module = ResilienceModule.forRoot({ http: { cache: { respect: 'headers' } } });
    const app = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
    await app.close();
    console.log('started');
  }).catch((error) => console.log(error.message));
`;

/** Lays an application out beside the yard, which has the peers. */
function layOut(folder) {
  const modules = join(folder, 'node_modules');
  // a copy: a link would look for its peers in the yard
  cpSync(join(installed, 'nestjs-breakwater'), join(modules, 'nestjs-breakwater'), { recursive: true });
  const scoped = readdirSync(join(installed, '@nestjs')).map((name) => `@nestjs/${name}`);
  const names = [...scoped, 'rxjs', 'reflect-metadata', 'ms', 'undici'];
  for (const name of names.filter((one) => !Object.values(PEERS).includes(one))) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(installed, name), join(modules, name), 'junction');
  }
}

/** Runs a program; returns what it says. */
function run(folder, file, program) {
  writeFileSync(join(folder, file), program);
  return execFileSync(process.execPath, [join(folder, file)], { encoding: 'utf8' }).trim();
}

const folder = mkdtempSync(join(tmpdir(), 'breakwater-peers-'));
try {
  layOut(folder);
  for (const [subpath, peer] of Object.entries(PEERS)) {
    const imported = `import('${subpath}').then(() => console.log('loaded'), (error) => console.log(error.message))`;
    const required = `try { require('${subpath}'); console.log('loaded') } catch (error) { console.log(error.message) }`;
    for (const said of [run(folder, 'a.mjs', imported), run(folder, 'a.cjs', required)]) {
      assert.ok(said.includes(`npm install ${peer}`), said);
      assert.ok(said.includes(subpath), said);
    }
  }
  const index = "import('nestjs-breakwater').then(() => import('nestjs-breakwater/prometheus'))";
  assert.equal(run(folder, 'b.mjs', `${index}.then(() => console.log('loaded'))`), 'loaded');
  // an option that needs a package fails at the start, before the first request
  for (const said of [run(folder, 'c.mjs', startOf(esm)), run(folder, 'c.cjs', startOf(cjs))])
    assert.ok(said.includes('npm install http-cache-semantics'), said);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
