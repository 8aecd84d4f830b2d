import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { ResilienceMetrics } from 'nestjs-breakwater';
import { prometheusText } from 'nestjs-breakwater/prometheus';
import { dashboard } from '../../grafana/source/dashboard.mjs';
import type { TestApplication } from '../support/application.js';
import { callEverything, startEverything } from '../support/every-metric.js';
import { metricsIn } from '../support/promql.js';
import { describeWithProgram } from './support/programs.js';
import { serve, startPrometheus, until } from './support/server.js';
import type { PrometheusServer } from './support/server.js';

const promtool = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
  return { status, said: stdout + stderr };
};

describeWithProgram('promtool', 'the alerts, by promtool', () => {
  it('are rules that it accepts', () => {
    const { status, said } = promtool('check', 'rules', 'prometheus/breakwater.rules.yml');
    expect(said).toContain('SUCCESS');
    expect(status).toBe(0);
  });

  it('fire when they should, and not otherwise', () => {
    const { status, said } = promtool('test', 'rules', 'test/prometheus/alerts.test.yml');
    expect(said).toContain('SUCCESS');
    expect(status).toBe(0);
  });
});

/** What Grafana puts in the place of its variables. */
const filledIn = (expression: string) =>
  expression.replaceAll('$__rate_interval', '10s').replace(/\$(job|instance|name)/g, '.*');

/** Injected faults are not part of the scenario. */
const isSilent = (expression: string) => metricsIn(expression).some((metric) => metric.includes('chaos'));

const panels = dashboard()
  .panels.filter(({ type }) => type !== 'row')
  .flatMap(({ title, targets }) => targets.map(({ expr }) => [title, filledIn(expr)] as const));

describeWithProgram('prometheus', 'a Prometheus that scrapes an application', () => {
  let app: TestApplication;
  let server: PrometheusServer;
  let text: () => string;
  let stop: () => Promise<unknown>;

  beforeAll(async () => {
    app = await startEverything();
    text = () => prometheusText(app.module.get(ResilienceMetrics));
    const exposition = await serve(text);
    stop = exposition.stop;
    server = await startPrometheus(exposition.port);
    await until(async () => (await server.query('breakwater_calls_total')).length > 0);
    await callEverything(app);
    await until(async () => (await server.query('sum(rate(breakwater_calls_total[10s])) > 0')).length > 0);
  }, 60_000);

  afterAll(async () => {
    await server.stop();
    await stop();
    await app.module.close();
  });

  it('has every line of the exposition', async () => {
    const lines = text()
      .split('\n')
      .filter((line) => line.startsWith('breakwater_'));
    const [{ value }] = await server.query('count({__name__=~"breakwater_.+"})');
    expect(Number(value[1])).toBe(lines.length);
  });

  it.each(panels)('has numbers for the panel %s', async (_, expression) => {
    const found = await server.query(expression);
    expect(found.length > 0).toBe(!isSilent(expression));
    expect(found.filter(({ value }) => value[1] === 'Inf')).toEqual([]);
  });

  it('counts what happened between two scrapes', async () => {
    const [{ value }] = await server.query(
      'breakwater_calls_total{breakwater_name="retries",breakwater_outcome="success",breakwater_retried="true"}',
    );
    expect(value[1]).toBe('2');
  });

  it('evaluates every rule', async () => {
    await until(async () => (await server.rules()).every(({ health }) => health !== 'unknown'));
    const rules = await server.rules();
    expect(rules.length).toBeGreaterThanOrEqual(12);
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
    const waiting = rules.filter(({ state }) => state === 'pending').map(({ name }) => name);
    expect(waiting).toContain('BreakwaterCircuitOpen');
    expect(waiting).toContain('BreakwaterCircuitForced');
  });
});
