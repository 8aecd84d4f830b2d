import { NestFactory } from '@nestjs/core';
import { LiveEvents } from './live-events.js';
import { ShopModule } from './shop.module.js';
import { driveTraffic } from './traffic.js';
import { startUpstream } from './upstream-process.js';

const port = Number(process.env.PORT ?? 3000);
const upstream = await startUpstream(Number(process.env.UPSTREAM_PORT ?? 3001));
const app = await NestFactory.create(ShopModule.for(upstream.url), { logger: ['error', 'warn'] });
await app.listen(port, '127.0.0.1');

await fetch(`${upstream.url}/faults`, {
  method: 'PUT',
  body: JSON.stringify({ mix: { unavailable: 0.1, reset: 0.1, hang: 0.05, slow: 0.05 } }),
});

const shop = `http://127.0.0.1:${port}`;
console.log(`
The shop listens on ${shop}, its unreliable upstream on ${upstream.url}.
A quarter of the upstream's answers fail. Try, in a second terminal:

  buy something       curl -X POST ${shop}/checkout
  what is not there   curl -X POST ${shop}/checkout -H 'content-type: application/json' -d '{"sku":"unicorn"}'
  see the circuits    curl ${shop}/resilience
  no more faults      curl -X PUT ${upstream.url}/faults -d '{"mix":{}}'
  an outage of 10 s   curl -X PUT ${upstream.url}/faults -d '{"outage":10}'
  what arrived        curl ${upstream.url}/journal

Ctrl-C stops both processes. What happens:
`);
app.get(LiveEvents).show((line) => console.log(line));
const stopTraffic = driveTraffic(`${shop}/checkout`);

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  stopTraffic();
  await app.close();
  await upstream.stop();
}
process.on('SIGINT', () => void stop());
process.on('SIGTERM', () => void stop());
