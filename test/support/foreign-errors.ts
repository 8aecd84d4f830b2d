/** An error as a client library makes it: a message, and the fields that it sets. */
export function made(message: string, fields: object = {}, cause?: unknown): Error {
  const error = cause === undefined ? new Error(message) : new Error(message, { cause });
  return Object.assign(error, fields);
}

/** The same with its name behind a getter of the prototype, as drivers with class hierarchies have it. */
export function ofClass(name: string, message: string, fields: object = {}, cause?: unknown): Error {
  class Foreign extends Error {
    override get name(): string {
      return name;
    }
  }
  return Object.assign(new Foreign(message, cause === undefined ? undefined : { cause }), fields);
}

/** Node's own system error. */
export function system(code: string, syscall = 'connect'): Error {
  const address = { errno: -111, syscall, address: '10.0.0.1', port: 443 };
  return made(`${syscall} ${code} 10.0.0.1:443`, { code, ...address });
}

/** An answer as axios and ky keep it. */
export const answered = (status: number, headers: object = {}) => ({ status, headers, data: {} });

/** A row of a table: what happened, the error, and what it says of the upstream's health. */
export type ForeignRow = readonly [what: string, error: unknown, recorded?: 'failure' | 'success' | 'ignore'];
