import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { ResilienceModule } from 'nestjs-breakwater';

/** The two platforms on which everything HTTP is shown to work. */
export const platforms = [
  ['express', () => new ExpressAdapter()],
  ['fastify', () => new FastifyAdapter()],
] as const;

/** A listening application with the module, whose retries do not wait, and with a policy that has nothing else. */
export async function listen(
  adapter: () => object,
  metadata: ModuleMetadata,
  prepare: (app: INestApplication) => void = () => undefined,
): Promise<{ app: INestApplication; url: string }> {
  const resilience = ResilienceModule.forRoot({
    defaults: { retry: { baseDelay: 0 } },
    policies: { retried: { retry: {} } },
  });
  const imports = [resilience, ...(metadata.imports ?? [])];
  const module = await Test.createTestingModule({ ...metadata, imports }).compile();
  const app = module.createNestApplication(adapter() as never, {
    logger: false,
    forceCloseConnections: true,
  });
  prepare(app);
  await app.listen(0, '127.0.0.1');
  return { app, url: await app.getUrl() };
}
