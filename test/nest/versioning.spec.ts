import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Version, VersioningType } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { Retryable } from 'nestjs-breakwater';
import { listen, platforms } from '../support/nest-application.js';
import { Unsteady } from '../support/unsteady.js';

@Controller({ path: 'versions' })
class VersionsController {
  readonly upstream = new Unsteady();

  @Version('1')
  @Get()
  @Retryable()
  async first(): Promise<string> {
    return this.upstream.answer('first');
  }

  @Retryable()
  @Version('2')
  @Get()
  async second(): Promise<string> {
    return this.upstream.answer('second');
  }
}

const versioned = (app: INestApplication) =>
  void app.enableVersioning({ type: VersioningType.HEADER, header: 'x-version' });

describe.each(platforms)('a decorated route with versions on %s', (_platform, adapter) => {
  it('is repeated in each of them', async () => {
    const { app, url } = await listen(adapter, { controllers: [VersionsController] }, versioned);
    const ask = async (version: string) =>
      (await fetch(`${url}/versions`, { headers: { 'x-version': version } })).text();
    expect([await ask('1'), await ask('2')]).toEqual(['first', 'second']);
    await app.close();
  });
});
