export declare const MEANINGS: Readonly<Record<string, readonly [kind: string, circuit: string]>>;
export declare const TABLE: Readonly<Record<string, Readonly<Record<string, string>>>>;
