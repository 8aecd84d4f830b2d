import { describe, expect, it } from '@jest/globals';
import { ResilienceMetrics } from 'nestjs-breakwater';
import type { FamilyFigures } from 'nestjs-breakwater';
import { openTelemetry, resilienceMetricProducer } from 'nestjs-breakwater/opentelemetry';
import { prometheus, prometheusText } from 'nestjs-breakwater/prometheus';
import { Registry } from 'prom-client';
import { startBusy } from '../../support/busy-application.js';
import { metricsSdk, readCollected, readText } from '../../support/exported.js';
import type { Exported } from '../../support/exported.js';

/** Starts one application that exports in every way. */
async function startExporting() {
  const sdk = metricsSdk({ metricProducers: [resilienceMetricProducer()] });
  const register = new Registry();
  const exporters = [openTelemetry({ meterProvider: sdk.meterProvider }), prometheus({ register })];
  const app = await startBusy({ exporters });
  const metrics = app.module.get(ResilienceMetrics);
  return {
    families: metrics.families(),
    text: prometheusText(metrics),
    registered: await register.metrics(),
    collected: await sdk.collect(),
    close: () => app.module.close(),
  };
}

const total = (exported: Exported, metric: string, ...labels: string[]) =>
  Object.entries(exported)
    .filter(([name]) => name.startsWith(`${metric}{`) && labels.every((label) => name.includes(label)))
    .reduce((sum, [, value]) => sum + value, 0);

/** The figures of a family as they have to be exported, written down by hand. */
function expectFigures(exported: Exported, figures: FamilyFigures) {
  const of = (metric: string, ...labels: string[]) =>
    total(exported, `breakwater_${metric}`, `breakwater_name="${figures.name}"`, ...labels);
  for (const [outcome, count] of Object.entries(figures.calls)) {
    expect(of('calls_total', `breakwater_outcome="${outcome}"`)).toBe(count);
    if (figures.duration)
      expect(of('call_duration_seconds_count', `breakwater_outcome="${outcome}"`)).toBe(count);
  }
  for (const outcome of ['success', 'failure'] as const)
    expect(of('calls_total', 'breakwater_retried="true"', `breakwater_outcome="${outcome}"`)).toBe(
      figures.retriedCalls[outcome],
    );
  for (const [type, count] of Object.entries(figures.errors))
    expect(of('calls_total', `error_type="${type}"`)).toBe(count);
  for (const [kind, count] of Object.entries(figures.attempts))
    expect(of('attempts_total', `breakwater_attempt_kind="${kind}"`)).toBe(count);
  for (const [outcome, count] of Object.entries(figures.attemptOutcomes))
    expect(of('attempts_total', `breakwater_outcome="${outcome}"`)).toBe(count);
  for (const [reason, count] of Object.entries(figures.suppressed))
    expect(of('retry_suppressions_total', `breakwater_reason="${reason.replaceAll('-', '_')}"`)).toBe(count);
  expect(of('rejections_total', 'breakwater_strategy="circuit"')).toBe(figures.rejections.circuit);
  expect(of('rejections_total', 'breakwater_strategy="bulkhead"')).toBe(figures.rejections.bulkhead);
  expect(of('rejections_total', 'breakwater_strategy="rate_limit"')).toBe(figures.rejections.rateLimit);
  for (const [scope, count] of Object.entries(figures.timeouts))
    expect(of('timeouts_total', `breakwater_timeout_scope="${scope}"`)).toBe(count);
  expect(of('circuit_count', 'breakwater_circuit_state="closed"')).toBe(figures.circuits.closed);
  expect(of('circuit_count', 'breakwater_circuit_state="open"')).toBe(figures.circuits.open);
  expect(of('circuit_count', 'breakwater_circuit_state="half_open"')).toBe(figures.circuits.halfOpen);
  expect(of('circuit_transitions_total')).toBe(
    figures.transitions.reduce((sum, { count }) => sum + count, 0),
  );
  expect(of('in_flight')).toBe(figures.inFlight);
  expect(of('bulkhead_usage')).toBe(figures.bulkhead?.running ?? 0);
  expect(of('bulkhead_queue_size')).toBe(figures.bulkhead?.queued ?? 0);
  expect(of('bulkhead_limit')).toBe(figures.bulkhead?.limit ?? 0);
  expect(of('retry_budget_usage')).toBe(figures.budget?.used ?? 0);
  expect(of('retry_budget_limit')).toBeCloseTo(figures.budget?.limit ?? 0);
  expect(of('call_duration_seconds_sum')).toBeCloseTo(figures.duration?.sum ?? 0);
  expect(of('call_retry_delay_seconds_sum')).toBeCloseTo(figures.retryDelay?.sum ?? 0);
}

describe('one table of metrics', () => {
  it('OpenTelemetry, a registry of prom-client and the text say the same, and what the figures say', async () => {
    const { families, text, registered, collected, close } = await startExporting();
    const exported = readText(text);
    expect(readText(registered)).toEqual(exported);
    expect(readCollected(collected)).toEqual(exported);
    expect(families.map(({ name }) => name)).toEqual(['payments', 'orders', 'mail', 'stock']);
    for (const figures of families) expectFigures(exported, figures);
    await close();
  });

  it('everything that the scenario lets happen is exported under these names', async () => {
    const { text, collected, close } = await startExporting();
    const types = text.split('\n').filter((line) => line.startsWith('# TYPE'));
    expect(types.map((line) => line.slice('# TYPE '.length))).toEqual([
      'breakwater_calls_total counter',
      'breakwater_call_duration_seconds histogram',
      'breakwater_attempts_total counter',
      'breakwater_call_retry_delay_seconds histogram',
      'breakwater_retry_suppressions_total counter',
      'breakwater_retry_budget_usage gauge',
      'breakwater_retry_budget_limit gauge',
      'breakwater_circuit_count gauge',
      'breakwater_circuit_transitions_total counter',
      'breakwater_rejections_total counter',
      'breakwater_timeouts_total counter',
      'breakwater_bulkhead_usage gauge',
      'breakwater_bulkhead_limit gauge',
      'breakwater_bulkhead_queue_size gauge',
      'breakwater_in_flight gauge',
    ]);
    const scopes = collected.scopeMetrics.map(({ scope }) => `${scope.name}@${scope.version}`);
    expect(new Set(scopes)).toEqual(new Set(['nestjs-breakwater@0.1.0']));
    const units = collected.scopeMetrics
      .flatMap(({ metrics }) => metrics)
      .map(({ descriptor: { name, unit } }) => `${name} ${unit}`);
    expect(units.sort()).toEqual([
      'breakwater.attempts {attempt}',
      'breakwater.bulkhead.limit {call}',
      'breakwater.bulkhead.queue.size {call}',
      'breakwater.bulkhead.usage {call}',
      'breakwater.call.duration s',
      'breakwater.call.retry_delay s',
      'breakwater.calls {call}',
      'breakwater.circuit.count {circuit}',
      'breakwater.circuit.transitions {transition}',
      'breakwater.in_flight {call}',
      'breakwater.rejections {call}',
      'breakwater.retry.budget.limit {retry}',
      'breakwater.retry.budget.usage {retry}',
      'breakwater.retry.suppressions {retry}',
      'breakwater.timeouts {timeout}',
    ]);
    await close();
  });
});
