const ATTEMPT_PARAMETERS = 'nestjs-breakwater:attempt-parameters';

type Parameters = ReadonlyMap<string | symbol, number>;

/** Remembers the parameter of a method that is its attempt. */
export function rememberAttemptParameter(owner: object, key: string | symbol, index: number): void {
  Reflect.defineMetadata(ATTEMPT_PARAMETERS, new Map([...attemptParametersOf(owner), [key, index]]), owner);
}

/** Finds the parameter of a method, declared by this very prototype, that is its attempt. */
export function attemptParameterOf(owner: object, key: string | symbol): number | undefined {
  return attemptParametersOf(owner).get(key);
}

/** All methods of this very prototype that ask for their attempt. */
export function attemptParametersOf(owner: object): Parameters {
  return (Reflect.getOwnMetadata(ATTEMPT_PARAMETERS, owner) as Parameters | undefined) ?? new Map();
}
