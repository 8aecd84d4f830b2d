import { checkLayer } from '../policy/layers.js';
import type { Problems } from '../policy/problems.js';
import { flag } from '../policy/rules.js';
import type {
  ChaosHost,
  ChaosOfApplication,
  ChaosSource,
  OpenChaosSource,
} from '../strategies/chaos/chaos-source.js';
import { FaultInjector } from './fault-injector.js';
import { StartedFaults } from './started-faults.js';

/** Options of `chaos()`. @public */
export interface ChaosSwitch {
  /** True switches it on: declared faults meet attempts, and `ResilienceChaos.start()` works. Default false. */
  enabled?: boolean | undefined;
  /** True allows it where `NODE_ENV` is `production`; without it the application does not start there. Default false. */
  allowInProduction?: boolean | undefined;
}

const switchRules = { enabled: flag({ fallback: false }), allowInProduction: flag({ fallback: false }) };

/**
 * The code that injects faults, for `forRoot({ chaos })`. Until it is enabled, no pipeline carries a fault.
 *
 * @example
 * ```ts
 * ResilienceModule.forRoot({ chaos: chaos({ enabled: process.env.CHAOS === 'on' }) });
 * ```
 * @public
 */
export function chaos(options: ChaosSwitch = {}): ChaosSource {
  return new Source(options);
}

class Source implements OpenChaosSource {
  constructor(private readonly options: ChaosSwitch) {}

  get enabled(): boolean {
    return (this.options as ChaosSwitch | null)?.enabled === true;
  }

  check(path: string, problems: Problems): void {
    const { enabled, allowInProduction } = checkLayer(switchRules, this.options, path, problems);
    if (enabled !== true || allowInProduction === true || process.env.NODE_ENV !== 'production') return;
    const expected = "false where NODE_ENV is 'production', or true together with allowInProduction: true";
    problems.add(`${path}.enabled`, expected, enabled);
  }

  open(host: ChaosHost): ChaosOfApplication {
    const control = new StartedFaults(host);
    return {
      control,
      hold: (name, faults) => control.begin(name, faults, { shown: [], time: Infinity }),
      interceptor: (faults) => new FaultInjector(faults, host),
    };
  }
}
