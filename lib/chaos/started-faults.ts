import { parseDuration } from '../policy/duration.js';
import { checkLayer } from '../policy/layers.js';
import { Problems } from '../policy/problems.js';
import { parsed } from '../policy/rule.js';
import { text } from '../policy/rules.js';
import { ResilienceConfigurationError } from '../exceptions/resilience-configuration.error.js';
import type { ChaosHost } from '../strategies/chaos/chaos-source.js';
import { faultsRule } from '../strategies/chaos/check-faults.js';
import type { CheckedFault } from '../strategies/chaos/fault.js';
import { ResilienceChaos } from '../strategies/chaos/resilience-chaos.js';
import type { ActiveChaos, ChaosRun } from '../strategies/chaos/resilience-chaos.js';
import { FaultInjector } from './fault-injector.js';

const LONGEST_RUN = 3_600_000;
const DEFAULT_RUN = 300_000;
/** So many may be at work at once: each attempt asks those of its names. */
const MOST_RUNS = 100;

const runRules = {
  name: text(),
  faults: faultsRule,
  for: parsed<unknown, number>(
    "a duration above 0 of at most an hour, such as '5m'",
    DEFAULT_RUN,
    (value) => {
      const time = parseDuration(value);
      return time !== undefined && time > 0 && time <= LONGEST_RUN ? time : undefined;
    },
  ),
};

/** Faults under way. */
interface Run {
  readonly shown: ActiveChaos;
  /** In monotonic milliseconds. */
  readonly end: number;
  stop: () => void;
}

/** The faults that are started while the application runs. They end by the clock: nothing waits for it. */
export class StartedFaults extends ResilienceChaos {
  private readonly runs = new Set<Run>();

  constructor(private readonly host: ChaosHost) {
    super();
  }

  start(run: ChaosRun): () => void {
    const problems = new Problems();
    const checked = checkLayer(runRules, run, 'start', problems);
    for (const key of ['name', 'faults'] as const)
      if (checked[key] === undefined) problems.addMissing(`start.${key}`, runRules[key].expected);
    problems.throwIfAny();
    const { name = '', faults = [], for: time = DEFAULT_RUN } = checked;
    return this.begin(name, faults, { shown: run.faults, time });
  }

  /** Starts faults that have been checked. */
  begin(
    name: string,
    faults: readonly CheckedFault[],
    { shown: given, time }: { readonly shown: ChaosRun['faults']; readonly time: number },
  ): () => void {
    const { clock, isClosing } = this.host;
    this.removeEnded();
    if (isClosing) refuse('an application that is not closing', 'the application closes');
    if (this.runs.size >= MOST_RUNS) refuse(`at most ${MOST_RUNS} runs at once`, this.runs.size + 1);
    const shown = { name, faults: [...given], until: clock.wallNow() + time };
    const run: Run = { shown, end: clock.now() + time, stop: () => undefined };
    this.runs.add(run);
    const remove = this.inject(run, faults);
    run.stop = () => {
      if (this.runs.delete(run)) remove();
    };
    return run.stop;
  }

  stopAll(): void {
    for (const run of this.runs) run.stop();
  }

  active(): ActiveChaos[] {
    this.removeEnded();
    return [...this.runs].map(({ shown }) => shown);
  }

  /** Puts the faults of a run in front of the pipelines of its name. */
  private inject(run: Run, faults: readonly CheckedFault[]): () => void {
    const { host } = this;
    const { name } = run.shown;
    const injector = new FaultInjector(faults, host, () => this.isOver(run));
    let isFound = host.hasPolicy(name);
    const remove = host.add((names) => {
      if (!names.includes(name)) return undefined;
      isFound = true;
      return injector;
    });
    if (!isFound)
      host.events.warn(`Chaos for '${name}' meets nothing so far: no policy, method or client has that name`);
    return remove;
  }

  /** True for faults that have ended; the first attempt that meets such ones takes them out of its pipelines. */
  private isOver(run: Run): boolean {
    if (this.host.clock.now() >= run.end) run.stop();
    return !this.runs.has(run);
  }

  private removeEnded(): void {
    const { clock, isClosing } = this.host;
    for (const run of this.runs) if (isClosing || clock.now() >= run.end) run.stop();
  }
}

function refuse(expected: string, got: unknown): never {
  throw new ResilienceConfigurationError([{ path: 'start', expected, got }]);
}
