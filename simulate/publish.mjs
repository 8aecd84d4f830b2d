import { fill } from './markdown.mjs';
import { drawCall } from './pictures/call.mjs';
import { drawCollapse } from './pictures/collapse.mjs';
import { drawContention } from './pictures/contention.mjs';
import { drawFailover } from './pictures/failover.mjs';
import { drawFigures } from './pictures/figures.mjs';
import { drawHerd } from './pictures/herd.mjs';
import { drawOutage } from './pictures/outage.mjs';
import { drawSpread } from './pictures/spread.mjs';
import { drawStampede } from './pictures/stampede.mjs';
import { tablesOf } from './tables.mjs';

export { measure } from './measure.mjs';
export { PUBLISHED } from './experiments/contention.mjs';

/** The page whose tables come from here. */
export const PAGE = 'docs/backoff.md';

/** Every file that is made here, by path: the picture of docs/call.md, and what the numbers make; `page` is the present text of {@link PAGE}. */
export function publish(measured, page) {
  const tables = Object.entries(tablesOf(measured));
  return {
    'docs/images/call.svg': drawCall(),
    'docs/images/failover.svg': drawFailover(measured.failover),
    'docs/images/herd.svg': drawHerd(measured.herd),
    'docs/images/spread.svg': drawSpread(measured.spread),
    'docs/images/contention.svg': drawContention(measured.contention),
    'docs/images/collapse.svg': drawCollapse(measured.collapse),
    'docs/images/figures.svg': drawFigures(measured.figures),
    'docs/images/stampede.svg': drawStampede(measured.stampede),
    'docs/images/outage.svg': drawOutage(measured.outage),
    [PAGE]: tables.reduce((text, [name, content]) => fill(text, name, content), page),
  };
}
