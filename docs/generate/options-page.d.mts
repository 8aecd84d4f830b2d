type Load = (path: string) => Promise<unknown>;
export declare const PAGES: Readonly<Record<string, string>>;
export declare function optionsPage(load: Load): Promise<string>;
export declare function optionsTable(load: Load, strategy: string): Promise<string>;
