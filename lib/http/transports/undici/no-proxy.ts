/** One entry of `NO_PROXY`. */
interface Exception {
  /** A host, or the end of one: `.example.com`. */
  readonly host: string;
  readonly isSuffix: boolean;
  /** The only port that is meant, if one is written. */
  readonly port: string | undefined;
}

/** A host and a port; an IPv6 address with a port stands in brackets. */
const ENTRY = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/;

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** The origins that are reached without a proxy: `*`, hosts, suffixes such as `.example.com`, each with a port or without. */
export class NoProxy {
  private readonly exceptions: readonly Exception[];
  private readonly isAll: boolean;

  constructor(value: string) {
    const entries = value
      .toLowerCase()
      .split(/[\s,]+/)
      .filter(Boolean);
    this.isAll = entries.includes('*');
    this.exceptions = entries.map(parseEntry);
  }

  includes({ hostname, port, protocol }: URL): boolean {
    if (this.isAll) return true;
    const host = bare(hostname);
    const actual = port || DEFAULT_PORTS[protocol];
    return this.exceptions.some(
      (one) =>
        (one.port ?? actual) === actual && (one.isSuffix ? host.endsWith(one.host) : host === one.host),
    );
  }
}

function parseEntry(entry: string): Exception {
  const [, written = entry, port] = ENTRY.exec(entry) ?? [];
  const host = bare(written);
  if (host.startsWith('*.')) return { host: host.slice(1), isSuffix: true, port };
  return { host, isSuffix: host.startsWith('.'), port };
}

/** Without the brackets of an IPv6 address, and without the dot at the end of a full name. */
function bare(host: string): string {
  const inner = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  return inner.endsWith('.') ? inner.slice(0, -1) : inner;
}
