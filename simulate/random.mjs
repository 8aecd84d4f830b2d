/** Uniform numbers in [0, 1) that are the same on every run: a 32-bit counter, mixed (mulberry32, public domain). */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The last digits of logarithms and cosines differ from one engine to the next: they are cut off. */
const steady = (value) => Math.round(value * 1e6) / 1e6;

/** A normally distributed number (Box and Muller's way). */
export function normal(random, mean, deviation) {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return steady(mean + deviation * radius * Math.cos(2 * Math.PI * random()));
}

/** The time to the next of events that happen at random, `rate` in a millisecond. */
export function untilNext(random, rate) {
  return steady(-Math.log(1 - random()) / rate);
}
