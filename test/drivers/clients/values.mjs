import { createRequire } from 'node:module';
import { failure } from './support.mjs';

const require = createRequire(import.meta.url);

export const zod = {
  async errors(row) {
    const { z } = await import('zod');
    row('a value that does not fit', await failure(() => z.object({ id: z.number() }).parse({ id: 'x' })));
    row('a value that does not fit, returned', z.string().safeParse(7).error);
    const { z: z3 } = await import('zod/v3');
    row('a value that does not fit, of version 3', await failure(() => z3.string().parse(7)));
    const mini = await import('zod/mini');
    row('a value that does not fit, of its small edition', await failure(() => mini.parse(mini.string(), 7)));
  },
};

export const classValidator = {
  async errors(row) {
    const { IsInt, validate, validateOrReject } = require('class-validator');
    class Item {
      id = 'x';
    }
    IsInt()(Item.prototype, 'id');
    row('values that do not fit', await failure(() => validateOrReject(new Item())));
    row(
      'values that do not fit, without their target',
      await validate(new Item(), { validationError: { target: false } }),
    );
    row('one of them', (await validate(new Item()))[0]);
  },
};

export const rxjs = {
  async errors(row) {
    const { EMPTY, NEVER, of, firstValueFrom, elementAt, single, timeout, Subject } = await import('rxjs');
    row('no value', await failure(() => firstValueFrom(EMPTY)));
    row('no answer in time', await failure(() => firstValueFrom(NEVER.pipe(timeout(10)))));
    row('two values in place of one', await failure(() => firstValueFrom(of(1, 2).pipe(single()))));
    row('no value that fits', await failure(() => firstValueFrom(of(1).pipe(single((value) => value > 1)))));
    row('an index out of range', await failure(() => firstValueFrom(of(1).pipe(elementAt(5)))));
    const subject = new Subject();
    subject.unsubscribe();
    row('a subject that was closed', await failure(() => subject.next(1)));
  },
};

export const nodeItself = {
  async errors(row) {
    const fs = await import('node:fs/promises');
    const { connect } = await import('node:net');
    const { strict: assert } = await import('node:assert');
    const http2 = await import('node:http2');
    row('a file that is missing', await failure(() => fs.readFile('/driver/nowhere')));
    row('a folder in the place of a file', await failure(() => fs.readFile('/')));
    row('a file in the place of a folder', await failure(() => fs.readdir('/etc/hostname')));
    row('a folder that exists', await failure(() => fs.mkdir('/etc')));
    row('a name that is too long', await failure(() => fs.readFile(`/${'x'.repeat(300)}`)));
    row(
      'a socket of no server',
      await failure(
        () =>
          new Promise((resolve, reject) =>
            connect('/driver/nowhere.sock').on('connect', resolve).on('error', reject),
          ),
      ),
    );
    row('an assertion', await failure(() => assert.equal(1, 2)));
    row('a wrong argument', await failure(() => fs.readFile(7.5)));
    row('a component that is none', await failure(() => decodeURIComponent('%')));
    row('an address that is none', await failure(() => new URL('x')));
    row('a stream that the server refuses', await refusedStream(http2));
  },
};

async function refusedStream(http2) {
  const server = http2.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  server.on('stream', (stream) => stream.on('error', () => {}).close(http2.constants.NGHTTP2_REFUSED_STREAM));
  const session = http2.connect(`http://127.0.0.1:${server.address().port}`);
  const error = await failure(
    () =>
      new Promise((resolve, reject) =>
        session.request({ ':path': '/' }).on('end', resolve).on('error', reject).resume(),
      ),
  );
  session.destroy();
  server.close();
  return error;
}
