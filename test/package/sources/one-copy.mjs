// The same classes whether they are imported or required: with two copies Nest could not resolve providers.
import { strict as assert } from 'node:assert';
import { createRequire } from 'node:module';
import * as imported from 'nestjs-breakwater';
import * as importedTesting from 'nestjs-breakwater/testing';

const require = createRequire(import.meta.url);
const required = require('nestjs-breakwater');
assert.equal(required.ResilienceModule, imported.ResilienceModule);
assert.equal(required.ResilientHttpService, imported.ResilientHttpService);
assert.equal(require('nestjs-breakwater/testing').ManualClock, importedTesting.ManualClock);
