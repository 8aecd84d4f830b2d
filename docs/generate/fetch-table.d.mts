interface Row {
  readonly name: string;
  readonly differs?: { readonly fetch: string; readonly ours: string; readonly reason: string };
}

export declare function fetchTables(behaviours: Readonly<Record<string, readonly Row[]>>): string;
