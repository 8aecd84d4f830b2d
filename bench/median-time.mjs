const ROUNDS = 60;

/** Milliseconds that it takes to collect figures: the median of many. */
export async function medianTime(collect) {
  const times = [];
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    await collect();
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b)[ROUNDS / 2];
}
