import * as zlib from 'node:zlib';
import type { Transform } from 'node:stream';
import type { ResponseHeaders } from '../transport.js';

/** From Node 22.15 on. */
const { createZstdDecompress } = zlib as { createZstdDecompress?: () => Transform };

const DECODABLE: ReadonlySet<string> = new Set([
  'gzip',
  'x-gzip',
  'deflate',
  'br',
  ...(createZstdDecompress ? ['zstd'] : []),
]);

/** More than anybody needs; each one can multiply what a hostile answer costs. */
const MOST_ENCODINGS = 3;

/** Where the decoded body goes. */
export interface DecoderOutput {
  data(chunk: Buffer): void;
  end(): void;
  error(error: Error): void;
}

/** The encodings of a body, outermost first; empty if it is not encoded, or in a way that is left to the user. */
export function encodingsOf(headers: ResponseHeaders): string[] {
  const header = headers['content-encoding'];
  if (header === undefined) return [];
  const names = String(header)
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');
  const isDecodable = names.length <= MOST_ENCODINGS && names.every((name) => DECODABLE.has(name));
  return isDecodable ? names.reverse() : [];
}

/** The headers of a body that was decoded: what they said of its encoded form is no longer true. */
export function withoutEncoding(headers: ResponseHeaders): ResponseHeaders {
  const { 'content-encoding': encoding, 'content-length': length, ...rest } = headers;
  void [encoding, length];
  return rest;
}

/** Decodes a body piece by piece; nothing is opened for a body that turns out to be empty. */
export class BodyDecoder {
  private first: Transform | undefined;
  private last: Transform | undefined;

  constructor(
    private readonly encodings: readonly string[],
    private readonly output: DecoderOutput,
  ) {}

  /** False if the writer should wait for `onDrain`. */
  write(chunk: Buffer, onDrain: () => void): boolean {
    const first = (this.first ??= this.open(chunk));
    if (first.write(chunk)) return true;
    first.once('drain', onDrain);
    return false;
  }

  end(): void {
    if (this.first) this.first.end();
    else this.output.end();
  }

  pause(): void {
    this.last?.pause();
  }

  resume(): void {
    this.last?.resume();
  }

  /** Stops decoding at once: a small body can hold gigabytes. */
  destroy(): void {
    this.first?.destroy();
    this.last?.destroy();
  }

  private open(chunk: Buffer): Transform {
    const chain = this.encodings.map((encoding, index) =>
      transformOf(encoding, index === 0 ? chunk : undefined),
    );
    for (const transform of chain) transform.on('error', (error) => this.output.error(error));
    for (const [index, transform] of chain.slice(1).entries()) chain[index].pipe(transform);
    const last = (this.last = chain[chain.length - 1]);
    last.on('data', (decoded: Buffer) => this.output.data(decoded));
    last.on('end', () => this.output.end());
    return chain[0];
  }
}

function transformOf(encoding: string, start: Buffer | undefined): Transform {
  if (encoding === 'br') return zlib.createBrotliDecompress();
  if (encoding === 'zstd' && createZstdDecompress) return createZstdDecompress();
  if (encoding !== 'deflate') return zlib.createGunzip();
  // "deflate" is a zlib stream (RFC 9110 §8.4.1.2), but some servers leave its two bytes of header out
  const isRaw = start !== undefined && (start[0] & 0x0f) !== 8;
  return isRaw ? zlib.createInflateRaw() : zlib.createInflate();
}
