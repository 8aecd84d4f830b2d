import type { PipelineParts } from '../../../pipeline/pipeline-parts.js';
import type { Problems } from '../../../policy/problems.js';
import type { ClientLayer } from '../../http.options.js';
import { mayAdd } from '../../transports/adding-transports.js';

/** Reports answers that have no key: a hook or a transport may add what tells one user from another. */
export function checkKeys(
  { onRequest, transport }: ClientLayer,
  { cache, coalesce }: PipelineParts,
  path: string,
  problems: Problems,
): void {
  const adder = onRequest ? 'onRequest' : mayAdd(transport) ? 'this transport' : undefined;
  const expected = `a function that makes a key, as what ${adder} adds to requests is not known beforehand`;
  for (const [name, part] of Object.entries({ cache, coalesce }))
    if (adder && part && !part.options.key) problems.add(`${path}.${name}.key`, expected, undefined);
}
