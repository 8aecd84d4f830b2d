// The same classes whether they are imported or required: with two copies Nest could not resolve providers.
import { strict as assert } from 'node:assert';
import { createRequire } from 'node:module';
import * as imported from 'nestjs-breakwater';
import * as importedChaos from 'nestjs-breakwater/chaos';
import * as importedTesting from 'nestjs-breakwater/testing';

const require = createRequire(import.meta.url);
const required = require('nestjs-breakwater');
assert.equal(required.ResilienceModule, imported.ResilienceModule);
assert.equal(required.ResilientHttpService, imported.ResilientHttpService);
assert.equal(require('nestjs-breakwater/chaos').ResilienceChaos, importedChaos.ResilienceChaos);
assert.equal(require('nestjs-breakwater/testing').ManualClock, importedTesting.ManualClock);

// of subpaths with a peer too; the index loads no peer
const PEERS = /@nestjs[\\/]terminus|@opentelemetry[\\/]api/;
assert.deepEqual(
  Object.keys(require.cache).filter((file) => PEERS.test(file)),
  [],
);
for (const [path, name] of [
  ['nestjs-breakwater/terminus', 'ResilienceHealthIndicator'],
  ['nestjs-breakwater/opentelemetry', 'openTelemetry'],
])
  assert.equal(require(path)[name], (await import(path))[name]);
