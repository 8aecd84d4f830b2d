export { prometheus } from './prometheus.js';
export type { PrometheusOptions } from './prometheus.js';
export { prometheusText } from './prometheus-text.js';
export type { PrometheusRegistry } from './registry-export.js';
