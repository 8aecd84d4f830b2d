import { inChildren } from '../child.mjs';
import { section, timings } from '../report.mjs';

export const run = () => inChildren('open-circuit');

export const report = (results) =>
  section({
    title: 'Open circuit: a rejected call, caught',
    notes: [
      'Opened by real failures; the recovery timeout is an hour.',
      'An exception of this library is a Nest `HttpException` with the circuit, the time left and the last failure as its cause; the hand-written loop throws `new Error()` with a stack.',
      'cockatiel’s retry is told not to repeat the rejection; this library’s needs no telling.',
    ],
    tables: [
      timings(results, {
        references: {
          '× bare': 'bare call that throws a ready-made error',
          '× @CircuitBreaker': '@CircuitBreaker',
          '× @Retryable @CircuitBreaker': '@Retryable @CircuitBreaker',
        },
      }),
    ],
  });
