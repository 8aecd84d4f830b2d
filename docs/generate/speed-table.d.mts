export declare function speedTable(results: string): string;
