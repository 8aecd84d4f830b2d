import { compare, number, percent, section, times } from './report.mjs';
import { burstTime } from './sections/burst.mjs';
import { ownImport } from './sections/cold-import.mjs';
import { costOfContext } from './sections/context.mjs';
import { astray, bytesLeft, POOL_SIZE } from './sections/endurance.mjs';
import { keyGrowth, worstGrowth } from './sections/hostile.mjs';
import { throughput } from './sections/http.mjs';
import { collectionTime, costOfCounting, costOfDurations } from './sections/telemetry.mjs';
import { shareOfQuestions } from './sections/events.mjs';

const OURS = '@Retryable @CircuitBreaker';
const WITHOUT_CACHE = 'without @Cache: @Retryable @CircuitBreaker';
const CLIENT = 'this library: retry, circuit, both timeouts';
const BARE_HTTP = 'undici Pool.request + json()';
const AXIOS = '@nestjs/axios + axios-retry';
const TIMED = '@Retryable @CircuitBreaker @Timeout';
const COCKATIEL = 'cockatiel wrap(retry, breaker)';
const COCKATIEL_TIMED = 'cockatiel wrap(retry, breaker, timeout)';

/** Each: what, the measured value, how it is shown, and the bound it has to keep. */
function targets({
  successPath,
  failingPath,
  openCircuit,
  memory,
  context,
  events,
  telemetry,
  hostile,
  http,
  burst,
  endurance,
  coldImport,
  cache,
}) {
  const { fresh, ready } = failingPath;
  const success = (one, other) => compare(successPath, one, other);
  const rejected = (peer, own) => compare(openCircuit, peer, own);
  const [circuit, counted, timed] = memory;
  const timers = Math.max(...[fresh, ready].flatMap((results) => ownTimers(results)));
  return [
    [`Success: ${OURS}, to the bare call`, success(OURS, 'bare call'), times, atMost(3)],
    ['… to the hand-written loop', success(OURS, 'hand-written'), times, atMost(1.3)],
    ['… cockatiel takes longer by', success(COCKATIEL, OURS), times, atLeast(4)],
    ['… nestjs-resilience by', success('nestjs-resilience retry, breaker', OURS), times, atLeast(50)],
    [
      '… with a time window, to the bare call',
      success('… failureRate, the last 10 s', 'bare call'),
      times,
      atMost(5),
    ],
    ['… with @Timeout, to the bare call', success(TIMED, 'bare call'), times, atMost(6.5)],
    ['… nanoseconds for the context of its call', costOfContext(context), number, atMost(40)],
    ['… cockatiel with a timeout takes longer by', success(COCKATIEL_TIMED, TIMED), times, atLeast(20)],
    ['… with @Bulkhead, to that without', success(`${OURS} @Bulkhead`, OURS), times, atMost(1.3)],
    ['… with @RateLimit, to that without', success(`${OURS} @RateLimit`, OURS), times, atMost(1.5)],
    [
      'Open: @CircuitBreaker; cockatiel’s breaker takes longer by',
      rejected('cockatiel breaker', '@CircuitBreaker'),
      times,
      atLeast(1),
    ],
    ['… opossum by', rejected('opossum', '@CircuitBreaker'), times, atLeast(1)],
    [`Open: ${OURS}; cockatiel’s wrap takes longer by`, rejected(COCKATIEL, OURS), times, atLeast(1)],
    ['… opossum by', rejected('opossum', OURS), times, atLeast(1)],
    [
      'Failing, new errors, to the hand-written loop',
      compare(fresh, OURS, 'hand-written'),
      times,
      atMost(1.3),
    ],
    ['… with a ready-made error', compare(ready, OURS, 'hand-written'), times, atMost(1.3)],
    // the clock that the application's calls share ticks 20 times a second
    ['… timers per call', timers, number, below(0.02)],
    ['Bytes per circuit at 100 000 keys', circuit.bytes, number, atMost(300)],
    ['… with failureRate over the last 100 calls', counted.bytes, number, atMost(300)],
    ['… with failureRate over the last 10 s', timed.bytes, number, atMost(300)],
    ['Timers per circuit', circuit.timers, String, below(0.01)],
    ['Idle CPU with 100 000 circuits', circuit.idleCpu, percent, below(0.01, percent)],
    [
      'Events without a listener, of the failing path',
      shareOfQuestions(events),
      percent,
      below(0.01, percent),
    ],
    ['Figures: nanoseconds for counting a call', costOfCounting(telemetry), number, atMost(10)],
    ['… with its duration', costOfDurations(telemetry), number, atMost(110)],
    ['… milliseconds to collect 200 families', collectionTime(telemetry), number, atMost(2)],
    ['Hostile text 16 times as long takes longer by', worstGrowth(hostile), times, below(24, times)],
    ['A new key among 50 times as many open circuits', keyGrowth(hostile), times, atMost(4)],
    [
      '@Cache: a hit, to the bare call',
      compare(cache.calls, 'a hit: @Cache', 'bare call'),
      times,
      atMost(2.5),
    ],
    [
      '… a miss that takes a turn of the event loop, to the call without',
      compare(cache.misses, 'a miss: @Cache @Retryable @CircuitBreaker', WITHOUT_CACHE),
      times,
      atMost(1.4),
    ],
    ['HTTP: CPU per request, to bare undici', compare(http, CLIENT, BARE_HTTP), times, atMost(1.05)],
    ['… @nestjs/axios + axios-retry takes more by', compare(http, AXIOS, CLIENT), times, atLeast(6)],
    ['… requests per second, to bare undici', throughput(http, CLIENT), times, atLeast(0.95)],
    ['… 1 000 calls at once, to undici with as many connections', burstTime(burst), times, atMost(1.1)],
    ['Endurance: bytes that a call leaves behind', bytesLeft(endurance), number, atMost(5)],
    ['… connections at a time', endurance.seen.mostOpen, String, atMost(POOL_SIZE)],
    ['… calls that did not settle once, as the faults explain', astray(endurance), String, atMost(0)],
    ['First import, ms on top of Nest', ownImport(coldImport), number, atMost(60)],
  ];
}

const ownTimers = (results) =>
  results.filter(({ name }) => name.startsWith('@')).map(({ timersPerCall }) => timersPerCall);

const atMost = (bound) => ({ text: `≤ ${bound}`, holds: (value) => value <= bound });
const atLeast = (bound) => ({ text: `≥ ${bound}`, holds: (value) => value >= bound });
const below = (bound, show = String) => ({ text: `< ${show(bound)}`, holds: (value) => value < bound });

export const reportTargets = (results) =>
  section({
    title: 'Targets',
    tables: [
      {
        head: ['', 'target', 'measured', 'met'],
        rows: targets(results).map(([what, value, show, bound]) => [
          what,
          bound.text,
          show(value),
          bound.holds(value) ? 'yes' : '**no**',
        ]),
      },
    ],
  });
