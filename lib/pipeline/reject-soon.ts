/** A promise that is resolved. */
export const RESOLVED = Promise.resolve();

/** Makes a rejected promise. One that is rejected from the start, or by a `throw`, costs several times as much. */
export function rejectSoon(error: unknown): Promise<never> {
  return new Promise((_, reject) => void RESOLVED.then(() => reject(error)));
}
