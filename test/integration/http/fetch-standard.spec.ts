import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createResilientFetch } from 'nestjs-breakwater';
import type { ResilientFetch } from 'nestjs-breakwater';
import { answer, FaultServer } from '../../support/fault-server/fault-server.js';
import { fetchBehaviours } from '../../support/fetch-behaviours/index.js';
import { startHttp, stopHttp } from '../../support/http-application.js';

const upstream = await FaultServer.start();
let resilient: ResilientFetch;
beforeAll(async () => {
  const { http } = await startHttp({ retry: false, circuitBreaker: false });
  resilient = createResilientFetch(http);
});
afterAll(async () => {
  await stopHttp();
  await upstream.stop();
});

describe.each(Object.entries(fetchBehaviours))('like the fetch of this Node: %s', (_area, behaviours) => {
  it.each([...behaviours])('$name', async ({ script = [answer(200)], run, differs }) => {
    upstream.play(...script);
    const expected = await run(fetch, upstream);
    upstream.play(...script);
    const actual = await run(resilient, upstream);
    if (!differs) expect(actual).toEqual(expected);
    else if (!differs.isOfSomeVersions) expect(actual).not.toEqual(expected);
  });
});
