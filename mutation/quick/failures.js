/** The specs that concern the rules for errors, quick ones first: each entry of a table has a row in one of them. */
import '../../test/unit/failures/reachable-rules.spec.ts';
import '../../test/unit/failures/recorded-errors.spec.ts';
import '../../test/unit/failures/edges.spec.ts';
import '../../test/unit/failures/attacks.spec.ts';
import '../../test/unit/failures/explain-failure.spec.ts';
import '../../test/unit/failures/failure-shapes.spec.ts';
import '../../test/unit/failures/near-misses.spec.ts';
import '../../test/unit/failures/classify-failure.spec.ts';
import '../../test/unit/failures/reason.spec.ts';
import '../../test/unit/docs/errors.spec.ts';
import '../../test/unit/failures/foreign-data-errors.spec.ts';
import '../../test/unit/failures/foreign-http-errors.spec.ts';

export { tests } from '@jest/globals';
