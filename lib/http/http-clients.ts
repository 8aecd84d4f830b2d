import { isOptionsObject } from '../policy/layers.js';
import type { Problems } from '../policy/problems.js';
import type { Runtime } from '../runtime/runtime.js';
import { checkHttpOptions, clientRules } from './http.options.js';
import { HttpClient } from './http-client.js';
import { HttpPipelines } from './http-pipelines.js';
import { UndiciTransport } from './undici.transport.js';

/** The HTTP clients of one application. */
export class HttpClients {
  /** The default client, whose circuits are called `http[origin]`. */
  readonly main: HttpClient;

  constructor(runtime: Runtime, problems: Problems) {
    const { httpOptions = {} } = runtime;
    if (!isOptionsObject(httpOptions))
      problems.add('http', 'an object with options of the HTTP client', httpOptions);
    const layer = checkHttpOptions(
      clientRules,
      isOptionsObject(httpOptions) ? httpOptions : {},
      'http',
      problems,
    );
    const pipelines = new HttpPipelines(runtime, 'http', layer, problems);
    this.main = new HttpClient(runtime, layer, pipelines, new UndiciTransport());
  }

  /** Lets go of all connections. */
  async close(): Promise<void> {
    await this.main.transport.close();
  }
}
