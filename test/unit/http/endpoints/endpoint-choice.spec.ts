import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Candidate, EndpointChoice } from '../../../../lib/http/endpoints/endpoint-choice.js';
import { Endpoint } from '../../../../lib/http/endpoints/endpoint.js';
import { RoundRobin } from '../../../../lib/http/endpoints/round-robin.js';
import { dueAt } from '../../../../lib/pipeline/destinations.js';

/** What an endpoint does when it is its turn. */
type Fate = 'passed over' | 'unreached' | 'fails';

const fates = fc.constantFrom<Fate>('passed over', 'unreached', 'fails');

/** One endpoint in the words of the rule: when it was asked, and whether it has refused. */
interface Known {
  askedAt: number | undefined;
  hasRefused: boolean;
  isTriedAtOnce: boolean;
}

/** The rule itself: not asked yet, else asked longest ago, one that has refused last. */
function expectedOrder(known: readonly Known[]): number[] {
  const indexes = known.map((_, index) => index);
  const fresh = indexes.filter((index) => known[index].askedAt === undefined && !known[index].hasRefused);
  const asked = indexes.filter((index) => known[index].askedAt !== undefined && !known[index].hasRefused);
  const refused = indexes.filter((index) => known[index].hasRefused);
  const byAge = (one: number, other: number) => (known[one].askedAt ?? 0) - (known[other].askedAt ?? 0);
  return [...fresh, ...asked.sort(byAge), ...refused.sort(byAge)];
}

function newChoice(count: number) {
  const candidates = Array.from({ length: count }, (_, index) => {
    const endpoint = new Endpoint(`https://${index}.example.com`);
    return new Candidate(endpoint, endpoint.origin);
  });
  return { candidates, choice: new EndpointChoice(candidates) };
}

it('each attempt of a call goes where the rule says, and each failover once to an endpoint', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.array(
        fc.record({ isFailover: fc.boolean(), fates: fc.array(fates, { minLength: 5, maxLength: 5 }) }),
      ),
      (count, rounds) => {
        const { candidates, choice } = newChoice(count);
        const known: Known[] = candidates.map(() => ({
          askedAt: undefined,
          hasRefused: false,
          isTriedAtOnce: false,
        }));
        let attempt = 0;
        for (const { isFailover, fates: now } of rounds) {
          const order = expectedOrder(known).filter((index) => !isFailover || !known[index].isTriedAtOnce);
          const ranked = choice.ranked(isFailover);
          expect(ranked.map((one) => candidates.indexOf(one))).toEqual(order);
          for (const index of order) {
            const candidate = candidates[index];
            if (now[index] === 'passed over') {
              choice.passOver(candidate);
              known[index].hasRefused = true;
              continue;
            }
            choice.choose(candidate, ++attempt, isFailover);
            expect(choice.of(attempt)).toBe(candidate);
            const isUnreached = now[index] === 'unreached';
            const isTriedAtOnce = known[index].isTriedAtOnce || isUnreached || isFailover;
            known[index] = { askedAt: attempt, hasRefused: isUnreached, isTriedAtOnce };
            if (isUnreached)
              expect(choice.failToConnect(candidate)).toBe(known.some((one) => !one.isTriedAtOnce));
            break;
          }
        }
      },
    ),
  );
});

it('a call that only fails over ends after each endpoint was tried once', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), (count) => {
      const { candidates, choice } = newChoice(count);
      const tried: Candidate[] = [];
      for (let isFailover = false; ; isFailover = true) {
        const [next] = choice.ranked(isFailover) as Candidate[];
        tried.push(next);
        choice.choose(next, tried.length, isFailover);
        if (!choice.failToConnect(next)) break;
      }
      expect(tried).toEqual(candidates);
    }),
  );
});

it('an endpoint that wants to be left alone is not asked while another one may be; if all want it, the soonest is', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(-Infinity, 0, 1, 2, 3, Infinity), { minLength: 1, maxLength: 5 }),
      (times) => {
        const { candidates, choice } = newChoice(times.length);
        for (const [index, candidate] of candidates.entries()) candidate.notBefore = times[index];
        const due = dueAt(choice.ranked(false), 1);
        const free = candidates.filter(({ notBefore }) => notBefore <= 1);
        if (free.length > 0) expect(due).toEqual(free);
        else expect(due.map(({ notBefore }) => notBefore)).toEqual([Math.min(...times)]);
      },
    ),
  );
});

it('round robin gives each of the endpoints that take calls the same share, but for one call', () => {
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }).filter((open) => open.includes(true)),
      fc.integer({ min: 1, max: 60 }),
      (takes, calls) => {
        const turns = new RoundRobin();
        const shares = takes.map(() => 0);
        for (let call = 0; call < calls; call++) {
          const turn = turns.take(takes.length);
          const passedOver = takes
            .map((_, index) => takes[(turn.start + index) % takes.length])
            .indexOf(true);
          turns.skip(turn, passedOver);
          shares[(turn.start + passedOver) % takes.length]++;
        }
        const used = shares.filter((_, index) => takes[index]);
        expect(Math.max(...used) - Math.min(...used)).toBeLessThanOrEqual(1);
      },
    ),
  );
});
