import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { ResilienceMetrics } from 'nestjs-breakwater';
import { openTelemetry } from 'nestjs-breakwater/opentelemetry';
import { prometheusText } from 'nestjs-breakwater/prometheus';
import { metricsSdk, pick, readCollected, readText } from '../../support/exported.js';
import { answer, FaultServer } from '../../support/fault-server/fault-server.js';
import { startHttp, stopHttp } from '../../support/http-application.js';

const configured = await FaultServer.start();
const stranger = await FaultServer.start();

afterEach(stopHttp);
afterAll(() => Promise.all([configured.stop(), stranger.stop()]));

describe('origins of upstreams', () => {
  it('that stand in the options are shown with circuits and refusals; others are keys, and are not', async () => {
    const sdk = metricsSdk();
    const { http, module } = await startHttp(
      {
        baseUrl: configured.url,
        allowAbsoluteUrls: true,
        retry: false,
        circuitBreaker: { failureThreshold: 1 },
      },
      { telemetry: { exporters: [openTelemetry({ meterProvider: sdk.meterProvider })] } },
    );
    for (const server of [configured, stranger]) {
      server.play(answer(503));
      await expect(http.get(server.url)).rejects.toThrow();
      await expect(http.get(server.url)).rejects.toThrow('lets no call through');
    }
    const exported = readCollected(await sdk.collect());
    const { port } = new URL(configured.url);
    const server = `server_address="127.0.0.1",server_port="${port}"`;
    const open = 'breakwater_circuit_state="open",breakwater_name="http"';
    const counts = pick(exported, 'breakwater_circuit_count');
    expect(counts[`{${open},${server}}`]).toBe(1);
    expect(counts[`{${open}}`]).toBe(1);
    const refused = 'breakwater_name="http",breakwater_strategy="circuit"';
    expect(pick(exported, 'breakwater_rejections_total')).toEqual({
      [`{${refused},${server}}`]: 1,
      [`{${refused}}`]: 1,
    });
    expect(Object.keys(exported).join()).not.toContain(new URL(stranger.url).port);
    expect(readText(prometheusText(module.get(ResilienceMetrics)))).toMatchObject(exported);
  });
});
