import { ResilientHttpService } from 'nestjs-breakwater';
import { advanceUntil, inWorld } from '../world.mjs';

/** Ten calls a second for a minute to two endpoints, of which the first refuses connections for a while. */
export const EVERY = 100;
export const DURATION = 60_000;
export const OUTAGE = [10_000, 33_000];
const ANSWER = 20;
const ENDPOINTS = ['https://first.example.com', 'https://second.example.com'];

const refused = () =>
  Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });

export function failover() {
  const attempts = [];
  let world;
  const isDown = (origin, now) => origin === ENDPOINTS[0] && now >= OUTAGE[0] && now < OUTAGE[1];
  const transport = {
    async send({ origin }, attempt) {
      const at = world.clock.now();
      const failed = isDown(origin, at);
      attempts.push({ at, endpoint: ENDPOINTS.indexOf(origin), failed });
      if (failed) throw refused();
      attempt.markSent();
      await world.sleep(ANSWER);
      return { status: 200, headers: {}, body: Buffer.alloc(0) };
    },
  };
  const http = { transport, endpoints: ENDPOINTS };
  return inWorld({ seed: 1, http }, async (opened) => {
    world = opened;
    const service = world.get(ResilientHttpService);
    const states = [];
    for (const type of ['circuit.opened', 'circuit.half-opened', 'circuit.closed'])
      world.events.on(type, ({ at, to }) => states.push({ at, to }));
    let answered = 0;
    let ended = 0;
    for (let at = 0; at < DURATION; at += EVERY)
      world.clock.setTimeout(() => {
        service
          .get('/')
          .then(
            () => answered++,
            () => undefined,
          )
          .finally(() => ended++);
      }, at);
    await advanceUntil(world.clock, () => ended === DURATION / EVERY);
    return { attempts, states, answered };
  });
}
