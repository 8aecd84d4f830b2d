import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { ResilienceService } from 'nestjs-breakwater';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import { Link } from './support/link.js';
import { describeWith } from './support/listening.js';
import { Scene, SUBJECT } from './support/shop.js';
import type { Shop } from './support/shop.js';
import { WAYS } from './support/transports.js';
import type { Way } from './support/transports.js';

const unhandled: unknown[] = [];
const note = (error: unknown) => void unhandled.push(error);

const KINDS = [
  ['a promise', (shop: Shop) => shop.stream()],
  ['an Observable', (shop: Shop) => lastValueFrom(shop.order())],
] as const;

/** What the caller of a bare client is told, whichever it is. */
const answer = ({ proxy }: Shop, subject: string): Promise<unknown> =>
  firstValueFrom(proxy.send<unknown>(subject, {})).catch((error: unknown) => ({ error }));

for (const make of WAYS) {
  const { name, needs } = make();
  await describeWith(needs, `messages over ${name}`, () => messages(make));
}

function messages(make: () => Way): void {
  let way: Way;
  let port: number;
  let scene: Scene;

  beforeEach(async () => {
    way = make();
    port = await way.portOf();
    scene = new Scene();
    process.on('unhandledRejection', note);
  });

  afterEach(async () => {
    await scene.end();
    process.off('unhandledRejection', note);
    expect(unhandled.splice(0)).toEqual([]);
  });

  it.each(KINDS)('are repeated as %s until the service is there', async (_kind, ask) => {
    const { shop, nextFailure } = await scene.shop(way, port);
    const failure = nextFailure();
    const answered = ask(shop);
    await failure;

    const { orders } = await scene.service(way, port);
    orders.stock.resolve('a book');

    expect(await answered).toBe('a book');
  });

  it.each(KINDS)('are repeated as %s until there is a way to the service', async (_kind, ask) => {
    const { orders } = await scene.service(way, port);
    orders.stock.resolve('a book');
    const link = await new Link(port).restore();
    await link.cut();
    scene.later(() => link.cut());
    const { shop, nextFailure } = await scene.shop(way, link.port);
    const failure = nextFailure();
    const answered = ask(shop);
    await failure;

    await link.restore();

    expect(await answered).toBe('a book');
  });

  it.each(KINDS)('are repeated as %s when the way breaks under one', async (_kind, ask) => {
    const { orders } = await scene.service(way, port);
    const link = await new Link(port).restore();
    scene.later(() => link.cut());
    const { shop, nextFailure } = await scene.shop(way, link.port);
    const failure = nextFailure();
    const answered = ask(shop);
    await orders.begun.promise;

    await link.cut();
    await failure;
    orders.stock.resolve('a book');
    await link.restore();

    expect(await answered).toBe('a book');
  });

  it('are repeated when the service is replaced by another one', async () => {
    const { close, orders } = await scene.service(way, port);
    const { shop, nextFailure } = await scene.shop(way, port);
    orders.stock.resolve('a book');
    expect(await shop.stream()).toBe('a book');
    await close();
    const failure = nextFailure();
    const answered = shop.stream();
    await failure;

    const next = await scene.service(way, port);
    next.orders.stock.resolve('another book');

    expect(await answered).toBe('another book');
  });

  it.each(['order', 'stream'] as const)('are answered before the transport closes: %s', async (subject) => {
    const { close, orders } = await scene.service(way, port);
    const { shop } = await scene.shop(way, port);
    await lastValueFrom(shop.ping());
    const answered = answer(shop, SUBJECT[subject]);
    await orders.begun.promise;

    const closed = close();
    orders.stock.resolve('a book');

    expect(await answered).toBe('a book');
    await closed;
  });

  it('are answered with the last error where a handler waits between two attempts', async () => {
    const { close, orders } = await scene.service(way, port);
    const { shop } = await scene.shop(way, port);
    await lastValueFrom(shop.ping());
    const answered = answer(shop, SUBJECT.waits);
    await orders.begun.promise;

    await close();

    expect(await answered).toEqual({ error: { status: 'error', message: 'Internal server error' } });
  });

  it('are waited for by drain()', async () => {
    const { app, close, orders } = await scene.service(way, port);
    const { shop } = await scene.shop(way, port);
    await lastValueFrom(shop.ping());
    const answered = answer(shop, SUBJECT.order);
    await orders.begun.promise;

    const drained = app.get(ResilienceService).drain();
    orders.stock.resolve('a book');
    await drained;
    await close();

    expect(await answered).toBe('a book');
  });

  it('are repeated as events, and waited for when the application closes', async () => {
    const { close, orders } = await scene.service(way, port);
    const { shop } = await scene.shop(way, port);
    await lastValueFrom(shop.ping());
    await firstValueFrom(shop.proxy.emit(SUBJECT.sold, 'Emma'), { defaultValue: undefined });
    await orders.begun.promise;

    const closed = close();
    orders.stock.resolve('a book');

    await closed;
    expect(await orders.sold.promise).toBe('Emma');
    expect(orders.sales).toBe(2);
  });
}
