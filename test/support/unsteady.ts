/** An upstream of which every other call fails: whoever calls it without a retry is told so. */
export class Unsteady {
  calls = 0;

  answer<T>(value: T): T {
    if (++this.calls % 2 === 1) throw new Error('not now');
    return value;
  }
}
