import { Logger } from '@nestjs/common';
import type { Clock } from '../../clock/clock.js';
import { isLevelOn } from '../../events/log-level.js';
import type { ResilienceLogLevel } from '../../events/log-level.js';
import type { ResilienceEvent, ResilienceEventType } from '../../events/resilience-event.js';
import type { EventSink } from '../../events/resilience-events.js';
import { oneLine } from '../../failures/one-line.js';
import { EVENT_TYPES, LOG } from './log-lines.js';
import type { LoggingOptions } from './logging.options.js';
import { LogThrottle } from './log-throttle.js';

const THROTTLED = EVENT_TYPES.filter((type) => LOG[type].throttled !== undefined);

/** The events of one application in its log. Events whose level is off are not even made. */
export class EventLog implements EventSink {
  readonly wantsCalls: boolean;
  readonly wantsFailedCalls: boolean;
  private readonly logger = new Logger('Resilience');
  private readonly levels: ReadonlyMap<ResilienceEventType, ResilienceLogLevel>;
  private readonly throttle = new LogThrottle((type, name, count) => this.tellHeld(type, name, count));

  constructor(
    options: LoggingOptions | false,
    private readonly clock: Clock,
  ) {
    this.levels = options === false ? new Map() : levelsOf(options);
    // a line for each call is written only on request
    this.wantsCalls = options !== false && Boolean(options['call.settled']);
    this.wantsFailedCalls = options !== false && options['call.settled'] === undefined;
  }

  wants(type: ResilienceEventType): boolean {
    const level = type === 'call.settled' && !this.wantsCalls ? undefined : this.levels.get(type);
    return level !== undefined && isLevelOn(level);
  }

  write(event: ResilienceEvent): void {
    const { type, name, key } = event;
    const level = this.levels.get(type);
    if (level === undefined || !this.wants(type)) return;
    const { throttled, line } = LOG[type];
    const now = this.clock.now();
    this.throttle.tellDue(THROTTLED, name, now);
    const isThrottled = throttled === 'always' || (throttled === 'keyed' && key !== undefined);
    if (isThrottled && !this.throttle.admits(type, name, now)) return;
    if (type === 'circuit.closed') this.throttle.tellFamily(THROTTLED, name);
    this.logger[level](line(event as never));
  }

  end(): void {
    this.throttle.end();
  }

  private tellHeld(type: string, name: string, count: number): void {
    const level = this.levels.get(type as ResilienceEventType);
    if (level === undefined || !isLevelOn(level)) return;
    this.logger[level](`${oneLine(name)}: ${count} more '${type}' since the last line of it`);
  }
}

function levelsOf(options: LoggingOptions): Map<ResilienceEventType, ResilienceLogLevel> {
  const levels = new Map<ResilienceEventType, ResilienceLogLevel>();
  for (const type of EVENT_TYPES) {
    const level = options[type] ?? LOG[type].level;
    if (level !== false) levels.set(type, level);
  }
  return levels;
}
