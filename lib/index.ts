export { Pipeline } from './pipeline/pipeline.js';
