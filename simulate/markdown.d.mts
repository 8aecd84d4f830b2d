export declare function fill(page: string, name: string, content: string): string;
