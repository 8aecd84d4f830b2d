interface Outcome {
  readonly calls: number;
  readonly attempts: number;
  readonly answered: number;
}
interface Run {
  readonly after: Outcome;
}
interface Measured {
  readonly stampede: Readonly<
    Record<'alone' | 'shared', { readonly calls: number; readonly requests: number; readonly most: number }>
  >;
  readonly outage: Readonly<
    Record<'without' | 'withStale', { readonly failed: number; readonly stale: number }>
  >;
  readonly contention: Readonly<Record<string, readonly { clients: number; calls: number; time: number }[]>>;
  readonly collapse: { readonly unlimited: Run; readonly limited: Run };
  readonly failover: {
    readonly answered: number;
    readonly attempts: readonly { readonly failed: boolean }[];
  };
  readonly example: { readonly unlimited: Run; readonly limited: Run; readonly small: Run };
}
export declare const PAGE: string;
export declare const PUBLISHED: Readonly<Record<string, readonly (readonly [number, number, number])[]>>;
export declare function measure(): Promise<Measured>;
export declare function publish(measured: Measured, page: string): Record<string, string>;
