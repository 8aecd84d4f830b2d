import { AsyncResource } from 'node:async_hooks';
import { ResilienceConfigurationError } from '../exceptions/resilience-configuration.error.js';

/** The words of the error where a package cannot be loaded. */
export interface MissingPackage {
  /** The place that needs it, such as an option. */
  readonly path: string;
  readonly expected: string;
}

/** A package that is loaded when it is needed first: importing this library does not load it. */
export class LatePackage<T> {
  private loaded: T | undefined = undefined;
  private loading: Promise<void> | undefined = undefined;
  /** The context in which it is loaded: it outlives the request that needs it first. */
  private readonly root = new AsyncResource('BreakwaterPackage');

  /** @param find - an `import()` of the package by its literal name, for bundlers; the CommonJS build has a `require()` in its place */
  constructor(
    private readonly find: () => Promise<T>,
    private readonly missing: MissingPackage,
  ) {}

  /**
   * Loads the package, once.
   *
   * @returns undefined if it has been loaded already
   * @throws ResilienceConfigurationError (as a rejection) that tells what to install
   */
  load(): Promise<void> | undefined {
    if (this.loaded !== undefined) return undefined;
    return (this.loading ??= this.root.runInAsyncScope(() => this.begin()));
  }

  /** The package. {@link load} has to have ended. */
  get(): T {
    if (this.loaded === undefined)
      throw new Error(`${this.missing.path}: a package is used before it has been loaded`);
    return this.loaded;
  }

  private async begin(): Promise<void> {
    try {
      this.loaded = await this.find();
    } catch (cause) {
      const got = cause instanceof Error ? cause.message : cause;
      const error = new ResilienceConfigurationError([{ ...this.missing, got }]);
      error.cause = cause;
      throw error;
    } finally {
      this.loading = undefined;
    }
  }
}
