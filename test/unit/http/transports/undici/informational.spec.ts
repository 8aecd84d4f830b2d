import { describe, expect, it } from '@jest/globals';
import type { Socket } from 'node:net';
import fc from 'fast-check';
import { skipInformational } from '../../../../../lib/http/transports/undici/informational.js';
import { runs } from '../../../../support/property-runs.js';

/** Reads pieces through the filter, as undici does: until there is nothing more. */
function readThrough(pieces: readonly string[], isExpectingHead = true): string {
  const read: string[] = [];
  const source = pieces.values();
  const socket = {
    read: () => {
      const { done, value } = source.next();
      return done ? null : Buffer.from(value, 'latin1');
    },
  } as unknown as Socket;
  skipInformational(socket, { isExpectingHead });
  for (let left = pieces.length; left > 0; left--) {
    const chunk = socket.read() as Buffer | null;
    if (chunk !== null) read.push(chunk.toString('latin1'));
  }
  return read.join('');
}

const cutAt = (text: string, places: readonly number[]): string[] => {
  const inside = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [...inside, text.length].map((end, index) => text.slice(index === 0 ? 0 : inside[index - 1], end));
};

const head = fc
  .tuple(
    fc.constantFrom('1.0', '1.1'),
    fc.constantFrom(100, 102, 103, 199),
    fc.constantFrom('', ' ', ' Continue', ' HTTP/1.1 200 OK'),
    fc.array(fc.constantFrom('X-A: b', 'Link: </a.css>', 'X: HTTP/1.1 200 OK'), { maxLength: 3 }),
  )
  .map(([version, status, reason, lines]) =>
    [`HTTP/${version} ${status}${reason}`, ...lines, '', ''].join('\r\n'),
  );

const response = fc.constantFrom(
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  'HTTP/1.1 101 Switching Protocols\r\n\r\n',
  'HTTP/1.0 404 Not Found\r\n\r\n',
  'HTTP/2 100\r\n\r\n',
  'no HTTP at all',
  'HTTP/1.1 1x',
);

describe('informational responses', () => {
  it('are left out before any response, however the bytes are cut', () => {
    const property = fc.property(
      fc.array(head, { maxLength: 3 }),
      response,
      fc.array(fc.nat(), { maxLength: 12 }),
      (heads, last, places) => {
        const read = readThrough(cutAt(heads.join('') + last, places));
        // fewer bytes than a status has may become one
        expect(last.length < 12 ? last.startsWith(read) : read === last).toBe(true);
      },
    );
    fc.assert(property, runs(300));
  });

  it('stay where no head is expected: they are the bytes of a body', () => {
    const text = 'HTTP/1.1 100 Continue\r\n\r\n';
    expect(readThrough([text], false)).toBe(text);
  });

  it.each([
    ['bare line feeds', 'HTTP/1.1 100 Continue\nX: y\n\n'],
    ['an empty line of one line feed', 'HTTP/1.1 100 Continue\r\n\n'],
  ])('may end with %s', (_kind, text) => {
    expect(readThrough([text, 'HTTP/1.1 200 OK\r\n\r\n'])).toBe('HTTP/1.1 200 OK\r\n\r\n');
  });

  it('may be long, and come byte by byte', () => {
    const long = `HTTP/1.1 100 Continue\r\nX: ${'y'.repeat(200_000)}`;
    expect(readThrough([...long, '\r\n\r\n', 'HTTP/1.1 200'])).toBe('HTTP/1.1 200');
  });
});
