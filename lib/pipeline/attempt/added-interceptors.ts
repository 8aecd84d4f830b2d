import type { BodyInterceptor, InterceptorSource } from '../../strategies/body-interceptor.js';

/**
 * Interceptors that are put in front of bodies while the application runs, such as the faults of a test. A pipeline asks for them
 * when it is made: one that has none pays nothing.
 */
export class AddedInterceptors {
  private readonly sources = new Set<InterceptorSource>();

  /** Adds a source; returns the function that takes it away. */
  add(source: InterceptorSource): () => void {
    this.sources.add(source);
    return () => void this.sources.delete(source);
  }

  /** Lists the interceptors of a pipeline that is known by these names; those that were added first are asked first. */
  for(names: readonly string[]): BodyInterceptor[] {
    return [...this.sources].map((source) => source(names)).filter((one) => one !== undefined);
  }
}
