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

// a subpath with an optional peer: the peer is there, or the error says what to install; the index needs none
const loaded = Object.keys(require.cache).filter((file) => file.includes('@nestjs/terminus'));
assert.deepEqual(loaded, []);
const PATH = 'nestjs-breakwater/terminus';
const outcomes = [await import(PATH).catch((error) => error), attempt(() => require(PATH))];
if (outcomes.every((outcome) => outcome instanceof Error))
  for (const { message } of outcomes) assert.match(message, /npm install @nestjs\/terminus/);
else assert.equal(outcomes[0].ResilienceHealthIndicator, outcomes[1].ResilienceHealthIndicator);

function attempt(run) {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
