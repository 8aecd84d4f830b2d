/** A subpath of the package. */
export interface Subpath {
  name: string;
  folder: string;
  peers: Record<string, string>;
  limit: number;
}

export const subpaths: readonly Subpath[];
export const entries: readonly string[];
export function derivedFiles(): Promise<{ file: string; found: string; wanted: string }[]>;
