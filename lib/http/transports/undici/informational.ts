import type { Socket } from 'node:net';

/** A connection that knows whether the head of a response is to come next. */
export interface ExpectsHead {
  isExpectingHead: boolean;
}

const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

const ONE = 0x31;

/** Place of the first digit of a status. */
const FIRST_DIGIT = 9;
/** Length of `HTTP/1.1 100`, which shows whether a response is informational. */
const STATUS_END = 12;
const INFORMATIONAL_START = /^HTTP\/1\.\d 1(?!01)\d\d$/;
const COULD_BE_INFORMATIONAL = /^HTTP\/1\.\d 1$/;

/** Text that begins every informational response, up to its second digit. */
const SAMPLE = 'HTTP/1.1 1';

/**
 * Leaves informational responses (RFC 9110 §15.2) out of what undici reads from a socket: it ends a connection on which an
 * unsolicited `100 Continue` arrives. `101 Switching Protocols` stays. The filter looks only where the head of a response is
 * expected, and keeps no more than the bytes of a status.
 */
export function skipInformational(socket: Socket, connection: ExpectsHead): void {
  const read = socket.read.bind(socket) as (size?: number) => Buffer | null;
  const skipper = new Skipper();
  socket.read = (size?: number): Buffer | null => {
    const chunk = read(size);
    return chunk === null || !connection.isExpectingHead ? chunk : skipper.skip(chunk);
  };
}

/** Skips informational heads at the beginning of a response, in whatever pieces they come. */
class Skipper {
  /** The beginning of a head, as long as its status is not known. */
  private start: Buffer | undefined;
  private isWithinHead = false;
  /** True where a line of the skipped head has no character yet. */
  private isLineEmpty = false;

  /** Returns what is left of a chunk; null for nothing. */
  skip(chunk: Buffer): Buffer | null {
    let rest: Buffer | null = this.start ? Buffer.concat([this.start, chunk]) : chunk;
    this.start = undefined;
    while (rest !== null) {
      if (this.isWithinHead) rest = this.behindHead(rest);
      else if (isInformational(rest)) this.isWithinHead = true;
      else return this.couldBecomeInformational(rest) ? this.keep(rest) : rest;
    }
    return null;
  }

  private keep(start: Buffer): null {
    this.start = start;
    return null;
  }

  private couldBecomeInformational(head: Buffer): boolean {
    if (head.length >= STATUS_END) return false;
    const text = head.toString('latin1');
    const known = text.slice(0, SAMPLE.length);
    return COULD_BE_INFORMATIONAL.test(known + SAMPLE.slice(known.length));
  }

  /** Finds the end of the head: an empty line. */
  private behindHead(rest: Buffer): Buffer | null {
    for (let at = 0; at < rest.length; at++) {
      const byte = rest[at];
      if (byte === LINE_FEED) {
        if (this.isLineEmpty) return this.endHead(rest.subarray(at + 1));
        this.isLineEmpty = true;
      } else if (byte !== CARRIAGE_RETURN) {
        this.isLineEmpty = false;
      }
    }
    return null;
  }

  private endHead(rest: Buffer): Buffer | null {
    this.isWithinHead = false;
    this.isLineEmpty = false;
    return rest.length > 0 ? rest : null;
  }
}

function isInformational(head: Buffer): boolean {
  // the first digit of the status settles it for nearly every response
  if (head.length < STATUS_END || head[FIRST_DIGIT] !== ONE) return false;
  return INFORMATIONAL_START.test(head.toString('latin1', 0, STATUS_END));
}
