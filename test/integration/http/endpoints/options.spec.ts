import { afterEach, describe, expect, it } from '@jest/globals';
import { ResilienceConfigurationError } from 'nestjs-breakwater';
import type { HttpClientOptions } from 'nestjs-breakwater';
import { startHttp, stopHttp } from '../../../support/http-application.js';

afterEach(stopHttp);

const a = 'https://a.example.com';
const b = 'https://b.example.com';

describe('at the start it is an error', () => {
  it.each<[string, object, string]>([
    ['a `baseUrl` beside endpoints', { endpoints: [a, b], baseUrl: a }, 'http.baseUrl: expected no baseUrl'],
    [
      'two endpoints of one origin',
      { endpoints: [`${a}/v1`, b, `${a}:443/v2`] },
      'http.endpoints[2]: expected an endpoint of another origin than http.endpoints[0]',
    ],
    ['an empty list', { endpoints: [] }, 'http.endpoints: expected a list of absolute http or https URLs'],
    ['one URL in place of a list', { endpoints: a }, 'http.endpoints: expected a list'],
    [
      'what is no URL',
      { endpoints: [a, 'b.example.com'] },
      'http.endpoints[1]: expected an absolute http or https URL',
    ],
    [
      'another protocol',
      { endpoints: ['ftp://a.example.com'] },
      'http.endpoints[0]: expected an absolute http',
    ],
    [
      'an unknown balance',
      { endpoints: [a], balance: 'random' },
      "http.balance: expected 'ordered', 'round-robin'",
    ],
    [
      '`balance` without endpoints',
      { balance: 'ordered' },
      'http.balance: expected endpoints beside balance',
    ],
    ['`refresh` without endpoints', { refresh: '1m' }, 'http.refresh: expected endpoints beside refresh'],
    [
      'a refresh of 0',
      { endpoints: async () => [a], refresh: 0 },
      'http.refresh: expected a duration above 0',
    ],
  ])('to have %s', async (_, options, line) => {
    const failed: unknown = await startHttp(options as HttpClientOptions).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(ResilienceConfigurationError);
    expect(String(failed)).toContain(line);
  });

  it('and what may be a secret in an endpoint is not shown', async () => {
    const endpoints = ['ftp://user:secret@a.example.com/?token=secret'];
    await expect(startHttp({ endpoints })).rejects.toThrow(/got "ftp:\/\/a\.example\.com\/"/);
  });
});

it('URL objects, paths, queries and credentials are accepted, as in a `baseUrl`', async () => {
  const endpoints = [new URL(a), 'https://user:secret@b.example.com/v1?x=1'];
  await expect(startHttp({ endpoints, balance: 'round-robin' })).resolves.toBeDefined();
});
