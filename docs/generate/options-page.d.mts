export declare function optionsPage(load: (path: string) => Promise<unknown>): Promise<string>;
