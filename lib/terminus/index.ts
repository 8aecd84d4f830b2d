export { ResilienceHealthIndicator } from './resilience-health.indicator.js';
