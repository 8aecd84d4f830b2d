import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { Script } from 'node:vm';
import { PluginKind, commonTokens, declareClassPlugin } from '@stryker-mutator/api/plugin';
import { DryRunStatus, MutantRunStatus, TestStatus } from '@stryker-mutator/api/test-runner';

/** Stryker's namespace, in which the changed code looks for the mutant that is active. */
const NAMESPACE = '__stryker__';

/**
 * Runs the bundle of `bundle.js` in this process, anew for each mutant, until a test fails. That takes milliseconds where jest
 * takes seconds, so that tables can be mutated, which are made when their module is loaded.
 */
class QuickRunner {
  static inject = [commonTokens.options];

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    const file = resolve('.mutated/failures.cjs');
    this.require = createRequire(file);
    this.load = new Script(`(require, module, exports) => {${readFileSync(file, 'utf8')}\n}`, {
      filename: file,
    }).runInThisContext();
  }

  async dryRun() {
    return { status: DryRunStatus.Complete, tests: await this.run({}) };
  }

  async mutantRun({ activeMutant: { id }, hitLimit }) {
    const results = await this.run({ activeMutant: id, hitLimit, hitCount: hitLimit && 0 });
    const last = results.at(-1);
    const nrOfTests = results.length;
    if (last.status !== TestStatus.Failed) return { status: MutantRunStatus.Survived, nrOfTests };
    const { failureMessage } = last;
    return { status: MutantRunStatus.Killed, killedBy: [last.id], failureMessage, nrOfTests };
  }

  /** Loads code and specs, and runs the tests until one fails. Code that cannot be loaded is one that fails. */
  async run(namespace) {
    globalThis[NAMESPACE] = namespace;
    const results = [];
    const loading = await resultOf({ title: 'the code is loaded', run: () => this.loadTests() });
    if (loading.status === TestStatus.Failed) return [loading];
    for (const test of this.tests) {
      const result = await resultOf(test);
      results.push(result);
      if (result.status === TestStatus.Failed) break;
    }
    return results;
  }

  loadTests() {
    const module = { exports: {} };
    this.load(this.require, module, module.exports);
    this.tests = module.exports.tests;
  }
}

async function resultOf({ title, run }) {
  const startedAt = performance.now();
  const named = { id: title, name: title };
  const told = (status) => ({ ...named, status, timeSpentMs: performance.now() - startedAt });
  try {
    await run();
    return told(TestStatus.Success);
  } catch (error) {
    return { ...told(TestStatus.Failed), failureMessage: String(error?.message ?? error) };
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'quick', QuickRunner)];
