/** A request as it arrived, read off the socket. */
export interface Arrived {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  /** Number of the connection on which it came, from 1. */
  readonly connection: number;
}

type Parsed = Omit<Arrived, 'connection'> & { readonly length: number };

/** The first whole request in what a socket has sent so far, and how long it is; bodies are latin1. */
export function parseRequest(text: string): Parsed | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [start = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.split(':')[0]?.toLowerCase(), line.replace(/^[^:]*:\s*/, '')]),
  ) as Record<string, string>;
  const rest = text.slice(end + 4);
  const body = headers['transfer-encoding'] === 'chunked' ? unchunk(rest) : plain(rest, headers);
  if (!body) return undefined;
  const [method = '', path = ''] = start.split(' ');
  return { method, path, headers, body: body.text, length: end + 4 + body.length };
}

interface Body {
  readonly text: string;
  readonly length: number;
}

function plain(rest: string, headers: Record<string, string>): Body | undefined {
  const length = Number(headers['content-length'] ?? 0);
  return rest.length < length ? undefined : { text: rest.slice(0, length), length };
}

function unchunk(rest: string): Body | undefined {
  let text = '';
  for (let at = 0; ;) {
    const line = rest.indexOf('\r\n', at);
    if (line < 0) return undefined;
    const size = parseInt(rest.slice(at, line), 16);
    const next = line + 2 + size + 2;
    if (rest.length < next) return undefined;
    if (size === 0) return { text, length: next };
    text += rest.slice(line + 2, line + 2 + size);
    at = next;
  }
}
