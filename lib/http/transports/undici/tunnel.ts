import type { Socket } from 'node:net';
import { proxyHungUp, proxyRefused, proxyUnintelligible, proxyUnreachable } from './connection-errors.js';
import type { ForwardProxy } from './forward-proxy.js';

/** The longest header of an answer to CONNECT. */
const LONGEST_HEAD = 16 * 1024;

const END_OF_HEAD = '\r\n\r\n';
const BEGINNING = 'HTTP/1.';
const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})(?!\d)/;

/** The place to which a tunnel leads, and the proxy that opens it. */
export interface TunnelTarget {
  readonly origin: string;
  readonly proxy: ForwardProxy;
}

type Opened = (result: Socket | Error) => void;

/** A tunnel that is being opened: it asks a proxy for it (CONNECT, RFC 9110 §9.3.6). Its errors name the proxy. */
export class Tunnel {
  private head = '';
  private isOver = false;
  private givenUpWith: Error | undefined;
  private readonly socket: Socket;

  constructor(
    private readonly target: TunnelTarget,
    private readonly opened: Opened,
  ) {
    this.socket = target.proxy.connect((error) => {
      if (error) this.fail(this.givenUpWith ?? proxyUnreachable(target, error));
      else this.ask();
    });
  }

  giveUp(reason: Error): void {
    this.givenUpWith = reason;
    this.socket.destroy(reason);
  }

  private ask(): void {
    this.socket.on('data', this.onData).on('end', this.onEnd).on('close', this.onEnd);
    this.socket.write(connectRequest(this.target));
  }

  private readonly onEnd = (): void => this.fail(this.givenUpWith ?? proxyHungUp(this.target));

  private readonly onData = (chunk: Buffer): void => {
    this.head += chunk.toString('latin1');
    this.passOverInformational();
    const { head } = this;
    const isHttp = BEGINNING.startsWith(head.slice(0, BEGINNING.length));
    if (!isHttp || head.length > LONGEST_HEAD) return this.fail(proxyUnintelligible(this.target));
    const end = head.indexOf(END_OF_HEAD);
    if (end >= 0) this.judge(statusOf(head), head.slice(end + END_OF_HEAD.length));
  };

  /** Informational answers come before the final one (RFC 9110 §15.2). */
  private passOverInformational(): void {
    for (let status = statusOf(this.head); status >= 100 && status < 200; status = statusOf(this.head)) {
      const end = this.head.indexOf(END_OF_HEAD);
      if (end < 0) return;
      this.head = this.head.slice(end + END_OF_HEAD.length);
    }
  }

  /** @param rest - what came behind the head: it belongs to the tunnel */
  private judge(status: number, rest: string): void {
    if (Number.isNaN(status)) this.fail(proxyUnintelligible(this.target));
    else if (status > 299) this.fail(proxyRefused(this.target, status));
    else if (this.end()) {
      this.socket.pause();
      if (rest !== '') this.socket.unshift(Buffer.from(rest, 'latin1'));
      this.opened(this.socket);
    }
  }

  private fail(error: Error): void {
    if (!this.end()) return;
    this.socket.destroy();
    this.opened(error);
  }

  /** False if it has ended before. */
  private end(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    this.socket.off('data', this.onData).off('end', this.onEnd).off('close', this.onEnd);
    return true;
  }
}

/** NaN for what is no status line. */
function statusOf(head: string): number {
  return Number(STATUS_LINE.exec(head)?.[1]);
}

function connectRequest({ origin, proxy: { authorization } }: TunnelTarget): string {
  const { hostname, port } = new URL(origin);
  const authority = `${hostname}:${port || 443}`;
  const credentials = authorization === undefined ? '' : `proxy-authorization: ${authorization}\r\n`;
  return `CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n${credentials}\r\n`;
}
