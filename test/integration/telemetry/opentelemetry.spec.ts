import { describe, expect, it, jest } from '@jest/globals';
import { AggregationTemporality } from '@opentelemetry/sdk-metrics';
import type { DataPoint, Histogram } from '@opentelemetry/sdk-metrics';
import { Logger } from '@nestjs/common';
import { ResilienceConfigurationError } from 'nestjs-breakwater';
import type { ResilienceModuleOptions } from 'nestjs-breakwater';
import { openTelemetry, resilienceMetricProducer } from 'nestjs-breakwater/opentelemetry';
import { startApplication } from '../../support/application.js';
import { metricsSdk, pick, readCollected } from '../../support/exported.js';

const fine = () => Promise.resolve('fine');
const broken = () => Promise.reject(new Error('broken'));

const exporting = (sdk: ReturnType<typeof metricsSdk>, more: Parameters<typeof openTelemetry>[0] = {}) => ({
  policies: { p: {}, q: { retry: {} }, deltas: {}, several: {} },
  telemetry: { exporters: [openTelemetry({ meterProvider: sdk.meterProvider, ...more })] },
});

const SUCCESS = '{breakwater_name="p",breakwater_outcome="success",breakwater_retried="false"}';

describe('applications that export to one meter provider', () => {
  it('are added up by one callback', async () => {
    const sdk = metricsSdk();
    const added = jest.fn();
    const { meterProvider } = sdk;
    const getMeter = meterProvider.getMeter.bind(meterProvider);
    meterProvider.getMeter = (...args) => {
      const meter = getMeter(...args);
      const add = meter.addBatchObservableCallback.bind(meter);
      meter.addBatchObservableCallback = (...given) => (added(), add(...given));
      return meter;
    };
    const [one, two] = [await startApplication(exporting(sdk)), await startApplication(exporting(sdk))];
    await one.service.execute('p', fine);
    await two.service.execute('p', fine);
    expect(pick(readCollected(await sdk.collect()), 'breakwater_calls_total')).toEqual({ [SUCCESS]: 2 });
    expect(added).toHaveBeenCalledTimes(1);
    await one.module.close();
    await two.module.close();
  });

  it('keep their counts when one closes, and lose what it held', async () => {
    const sdk = metricsSdk();
    const options: ResilienceModuleOptions = {
      ...exporting(sdk),
      policies: { p: { circuitBreaker: {} } },
    };
    const [one, two] = [await startApplication(options), await startApplication(options)];
    await one.service.execute('p', fine);
    await two.service.execute('p', fine);
    const closed = '{breakwater_circuit_state="closed",breakwater_name="p"}';
    const exported = async () => readCollected(await sdk.collect());
    expect(pick(await exported(), 'breakwater_circuit_count')[closed]).toBe(2);
    await one.module.close();
    const after = await exported();
    expect(pick(after, 'breakwater_calls_total')).toEqual({ [SUCCESS]: 2 });
    expect(pick(after, 'breakwater_circuit_count')[closed]).toBe(1);
    await two.module.close();
    const atLast = await exported();
    expect(pick(atLast, 'breakwater_calls_total')).toEqual({ [SUCCESS]: 2 });
    expect(pick(atLast, 'breakwater_circuit_count')[closed]).toBe(0);
    const again = await startApplication(options);
    await again.service.execute('p', fine);
    expect(pick(await exported(), 'breakwater_calls_total')).toEqual({ [SUCCESS]: 3 });
    await again.module.close();
  });

  it('an application counts once, however often it is given the exporter', async () => {
    const sdk = metricsSdk({ metricProducers: [resilienceMetricProducer({ temporality: 'delta' })] });
    await sdk.collect();
    const exporter = openTelemetry({ meterProvider: sdk.meterProvider });
    const { module, service } = await startApplication({
      policies: { p: {} },
      telemetry: { exporters: [exporter, openTelemetry({ meterProvider: sdk.meterProvider })] },
    });
    await service.execute('p', fine);
    const exported = readCollected(await sdk.collect());
    expect(pick(exported, 'breakwater_calls_total')).toEqual({ [SUCCESS]: 1 });
    expect(
      exported['breakwater_call_duration_seconds_count{breakwater_name="p",breakwater_outcome="success"}'],
    ).toBe(1);
    await module.close();
  });
});

describe('enrich', () => {
  it('adds attributes to all metrics of a family, asked for once', async () => {
    const sdk = metricsSdk({ metricProducers: [resilienceMetricProducer()] });
    const enrich = jest.fn(({ name }: { name: string }) => ({
      team: `team of ${name}`,
      'breakwater.name': 'x',
    }));
    const { module, service } = await startApplication({
      ...exporting(sdk, { enrich }),
      policies: { q: {} },
    });
    await service.execute('q', fine);
    await sdk.collect();
    const names = Object.keys(readCollected(await sdk.collect())).filter((name) => name.includes('"q"'));
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) expect(name).toContain('team="team of q"');
    expect(enrich.mock.calls.filter(([{ name }]) => name === 'q')).toEqual([[{ name: 'q', policy: 'q' }]]);
    await module.close();
  });

  it('that gives what is no attribute breaks no collection: the rest of it is added', async () => {
    const sdk = metricsSdk();
    const cycle: { own?: unknown } = {};
    cycle.own = cycle;
    const enrich = () => ({ team: 'a', big: 1n, cycle, nothing: undefined, list: [1n] }) as never;
    const { module, service } = await startApplication(exporting(sdk, { enrich }));
    await service.execute('p', fine);
    const calls = pick(readCollected(await sdk.collect()), 'breakwater_calls_total');
    const [series] = Object.keys(calls);
    expect(series).toContain('team="a"');
    expect(series).not.toMatch(/big|cycle|nothing|list/);
    await module.close();
  });

  it('that throws is logged, and adds nothing', async () => {
    const log = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const sdk = metricsSdk();
    const enrich = () => {
      throw new Error('no team');
    };
    const { module, service } = await startApplication(exporting(sdk, { enrich }));
    await service.execute('p', fine);
    expect(pick(readCollected(await sdk.collect()), 'breakwater_calls_total')).toEqual({ [SUCCESS]: 1 });
    expect(log.mock.calls.flat().join()).toContain('no team');
    log.mockRestore();
    await module.close();
  });
});

describe('the producer of histograms', () => {
  const durations = async (sdk: ReturnType<typeof metricsSdk>, name: string) => {
    const { scopeMetrics } = await sdk.collect();
    const metric = scopeMetrics
      .flatMap(({ metrics }) => metrics)
      .find(({ descriptor }) => descriptor.name === 'breakwater.call.duration');
    const points = (metric?.dataPoints ?? []) as DataPoint<Histogram>[];
    return {
      temporality: metric?.aggregationTemporality,
      points: points.filter(({ attributes }) => attributes['breakwater.name'] === name),
    };
  };

  it('delta tells what came since the reader has asked last, cumulative everything', async () => {
    const delta = metricsSdk({ metricProducers: [resilienceMetricProducer({ temporality: 'delta' })] });
    const cumulative = metricsSdk({ metricProducers: [resilienceMetricProducer()] });
    const { module, service, clock } = await startApplication(exporting(metricsSdk()));
    const slow = () => new Promise((resolve) => clock.setTimeout(() => resolve('late'), 30));
    const call = async () => {
      const result = service.execute('deltas', slow);
      await clock.advance(30);
      await result;
    };
    await call();
    const first = await durations(delta, 'deltas');
    expect(first.temporality).toBe(AggregationTemporality.DELTA);
    expect(first.points.map(({ value }) => value.count)).toEqual([1]);
    expect(first.points[0].value.sum).toBeCloseTo(0.03);
    await call();
    await call();
    const second = await durations(delta, 'deltas');
    expect(second.points.map(({ value }) => value.count)).toEqual([2]);
    expect(second.points[0].startTime).toEqual(first.points[0].endTime);
    expect((await durations(delta, 'deltas')).points).toEqual([]);
    const all = await durations(cumulative, 'deltas');
    expect(all.temporality).toBe(AggregationTemporality.CUMULATIVE);
    expect(all.points.map(({ value }) => value.count)).toEqual([3]);
    expect(all.points[0].value.buckets.boundaries).toEqual([
      0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
    ]);
    expect(all.points[0].value.buckets.counts).toEqual([0, 0, 0, 3, ...Array<number>(11).fill(0)]);
    await call();
    await module.close();
    expect((await durations(delta, 'deltas')).points.map(({ value }) => value.count)).toEqual([1]);
    expect((await durations(cumulative, 'deltas')).points.map(({ value }) => value.count)).toEqual([4]);
  });

  it('adds up applications of different meter providers, by outcome', async () => {
    const sdk = metricsSdk({ metricProducers: [resilienceMetricProducer()] });
    const one = await startApplication(exporting(metricsSdk()));
    const two = await startApplication(exporting(metricsSdk()));
    await one.service.execute('several', fine);
    await two.service.execute('several', fine);
    await expect(two.service.execute('several', broken)).rejects.toThrow('broken');
    const { points } = await durations(sdk, 'several');
    expect(points.map(({ attributes, value }) => [attributes['breakwater.outcome'], value.count])).toEqual([
      ['success', 2],
      ['failure', 1],
    ]);
    await one.module.close();
    await two.module.close();
  });
});

it('a provider that throws ends the start, and leaves nothing in the sums of histograms', async () => {
  const producer = resilienceMetricProducer();
  const meterProvider = {
    getMeter: () => {
      throw new Error('no meter');
    },
  };
  const source = {
    app: {},
    events: {} as never,
    collect: jest.fn(() => []),
    observe: () => () => undefined,
  };
  expect(() => openTelemetry({ meterProvider }).start(source)).toThrow('no meter');
  await producer.collect();
  expect(source.collect).not.toHaveBeenCalled();
});

describe('options of openTelemetry() that are wrong', () => {
  it.each([[{ meterProvider: {} }], [{ spans: 'yes' }], [{ enrich: {} }], [{ tracer: 1 }], [null]])(
    '%p is an error of the configuration',
    (options) => {
      expect(() => openTelemetry(options as never)).toThrow(ResilienceConfigurationError);
    },
  );

  it('and so is another temporality of the producer', () => {
    expect(() => resilienceMetricProducer({ temporality: 'daily' as never })).toThrow(
      "'cumulative' or 'delta'",
    );
  });
});
