import { AsyncResource } from 'node:async_hooks';
import { measure } from '../measure.mjs';

/** What a deadline holds, as an object of its own and as one that remembers the async context in which it was made. */
class Bare {
  constructor() {
    this.place = this.before = this.after = this.result = undefined;
    this.at = 0;
  }
}

class InContext extends AsyncResource {
  constructor() {
    super('BenchDeadline');
    this.place = this.before = this.after = this.result = undefined;
    this.at = 0;
  }
}

/** The memory of its async context that each timed call pays for, and nothing else. */
export default async function context() {
  let last;
  const make = (Kind) => async () => void (last = new Kind());
  const results = await measure([
    { name: 'a deadline', run: make(Bare) },
    { name: 'a deadline that enters the context of its call', run: make(InContext) },
  ]);
  if (!last) throw new Error('nothing was made');
  return results;
}
