interface Datasource {
  readonly type: string;
  readonly uid: string;
}
export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly datasource: Datasource;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig: { readonly defaults: { readonly unit?: string } };
  readonly targets: readonly {
    readonly expr: string;
    readonly legendFormat: string;
    readonly datasource: Datasource;
  }[];
}
interface Dashboard {
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly label: string; readonly query: string | { readonly query: string } }[];
  };
  readonly annotations: {
    readonly list: readonly { readonly name: string; readonly target?: { readonly expr: string } }[];
  };
}
export declare function dashboard(): Dashboard;
