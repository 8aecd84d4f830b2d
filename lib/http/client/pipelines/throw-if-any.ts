import { InvalidRequestException } from '../../../exceptions/upstream.exceptions.js';
import type { Problems } from '../../../policy/problems.js';

/** @throws InvalidRequestException that names all problems of a request's options */
export function throwIfAny({ list }: Problems): void {
  if (list.length === 0) return;
  const lines = list.map(({ path, expected, got }) => `${path}: expected ${expected}, got ${String(got)}`);
  throw new InvalidRequestException({ reason: lines.join('; ') });
}
