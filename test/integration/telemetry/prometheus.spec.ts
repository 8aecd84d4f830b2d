import { describe, expect, it } from '@jest/globals';
import { ResilienceConfigurationError, ResilienceMetrics } from 'nestjs-breakwater';
import { prometheus, prometheusText } from 'nestjs-breakwater/prometheus';
import { Counter, Registry } from 'prom-client';
import { startApplication } from '../../support/application.js';
import { startBusy } from '../../support/busy-application.js';
import { pick, readText } from '../../support/exported.js';

const fine = () => Promise.resolve('fine');
const policies = { p: {} };
const NAMES = { quotes: 'say "hi"', backslash: 'C:\\temp\\n', lines: 'one\ntwo' };

describe('the text of the figures', () => {
  it('is empty as long as there is nothing to tell', async () => {
    const { module } = await startApplication({ passThrough: true });
    expect(prometheusText(module.get(ResilienceMetrics))).toBe('');
  });

  it.each(Object.entries(NAMES))('names with %s cannot forge other lines', async (_what, name) => {
    const forged = `${name}"} 1\nprocess_cpu_seconds_total 0`;
    const { module, service } = await startApplication({ policies: { [forged]: {} } });
    await service.execute(forged, fine);
    const text = prometheusText(module.get(ResilienceMetrics));
    const exported = readText(text);
    const label = { breakwater_name: forged, breakwater_outcome: 'success', breakwater_retried: 'false' };
    const labels = Object.entries(label).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
    expect(exported[`breakwater_calls_total{${labels.join(',')}}`]).toBe(1);
    expect(Object.keys(exported).filter((series) => !series.startsWith('breakwater_'))).toEqual([]);
    expect(text.split('\n').every((line) => /^(# (HELP|TYPE) |)breakwater_|^$/.test(line))).toBe(true);
  });

  it('never holds a key', async () => {
    const { module, service } = await startApplication({
      policies: {
        p: { circuitBreaker: { failureThreshold: 1 }, bulkhead: { maxConcurrent: 1, maxQueue: 0 } },
      },
    });
    const broken = service.execute('p', () => Promise.reject(new Error('x')), { key: 'tenant-7' });
    await expect(broken).rejects.toThrow('x');
    await expect(service.execute('p', fine, { key: 'tenant-7' })).rejects.toThrow();
    const text = prometheusText(module.get(ResilienceMetrics));
    expect(text).toContain(
      'breakwater_rejections_total{breakwater_name="p",breakwater_strategy="circuit"} 1',
    );
    expect(text).not.toContain('tenant');
  });
});

describe('prometheus() in a registry of prom-client', () => {
  it('stands beside the metrics of the application, and leaves with it', async () => {
    const register = new Registry();
    const own = new Counter({ name: 'own_total', help: 'own', registers: [register] });
    own.inc();
    const { module, service } = await startApplication({
      policies,
      telemetry: { exporters: [prometheus({ register })] },
    });
    await service.execute('p', fine);
    const text = await register.metrics();
    expect(text).toContain('own_total 1');
    expect(text).toContain('breakwater_calls_total{breakwater_name="p"');
    await module.close();
    expect(register.getMetricsAsArray()).toHaveLength(1);
    expect(await register.metrics()).not.toContain('breakwater');
  });

  it('adds up the applications that share it; no counter falls back when one closes', async () => {
    const register = new Registry();
    const telemetry = { exporters: [prometheus({ register })] };
    const [one, two] = [await startBusy(telemetry), await startBusy(telemetry)];
    const calls = async () => pick(readText(await register.metrics()), 'breakwater_calls_total');
    const alone = pick(readText(prometheusText(one.module.get(ResilienceMetrics))), 'breakwater_calls_total');
    const both = await calls();
    for (const [series, value] of Object.entries(alone)) expect(both[series]).toBe(2 * value);
    await one.module.close();
    const after = await calls();
    for (const [series, value] of Object.entries(both)) expect(after[series]).toBeGreaterThanOrEqual(value);
    const usage = pick(readText(await register.metrics()), 'breakwater_bulkhead_usage');
    expect(usage).toEqual({ '{breakwater_name="stock"}': 2 });
    await two.module.close();
    expect(register.getMetricsAsArray()).toEqual([]);
  });

  it('survives resetMetrics(), and clear() until the next application', async () => {
    const register = new Registry();
    const telemetry = { exporters: [prometheus({ register })] };
    const { module, service } = await startApplication({ policies, telemetry });
    await service.execute('p', fine);
    const before = await register.metrics();
    register.resetMetrics();
    expect(await register.metrics()).toBe(before);
    register.clear();
    const second = await startApplication({ policies, telemetry });
    expect(pick(readText(await register.metrics()), 'breakwater_calls_total')).toEqual(
      pick(readText(before), 'breakwater_calls_total'),
    );
    await second.module.close();
    await module.close();
  });

  it('in the format of OpenMetrics counters have their suffix once', async () => {
    const register = new Registry();
    register.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
    const telemetry = { exporters: [prometheus({ register })] };
    const one = await startApplication({ policies, telemetry });
    await one.service.execute('p', fine);
    for (let scrape = 0; scrape < 2; scrape++) {
      const text = await register.metrics();
      expect(text).toContain('# TYPE breakwater_calls counter');
      expect(text).toMatch(/^breakwater_calls_total\{breakwater_name="p".*\} 1$/m);
      expect(text).not.toContain('_total_total');
    }
    const two = await startApplication({ policies, telemetry });
    expect((await register.metrics()).match(/# TYPE breakwater_calls /g)).toHaveLength(1);
    await two.module.close();
    await one.module.close();
    expect(register.getMetricsAsArray()).toEqual([]);
  });

  it('a name that the application uses itself ends the start, and leaves nothing behind', async () => {
    const register = new Registry();
    new Counter({ name: 'breakwater_timeouts_total', help: 'own', registers: [register] });
    const start = startApplication({ policies, telemetry: { exporters: [prometheus({ register })] } });
    await expect(start).rejects.toThrow('breakwater_timeouts_total');
    expect(register.getMetricsAsArray().map(({ name }) => name)).toEqual(['breakwater_timeouts_total']);
  });

  it.each([[undefined], [{}], [{ register: new Map() }], [{ register: new Registry(), prefix: 'x' }]])(
    'prometheus(%p) is an error of the configuration',
    (options) => {
      expect(() => prometheus(options as never)).toThrow(ResilienceConfigurationError);
    },
  );
});
