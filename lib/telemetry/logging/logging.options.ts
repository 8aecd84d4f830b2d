import type { ResilienceLogLevel } from '../../events/log-level.js';
import type { ResilienceEventType } from '../../events/resilience-event.js';
import { isOptionsObject } from '../../policy/layers.js';
import { bareObject, ownValue } from '../../policy/own-property.js';
import { suggest } from '../../policy/problems.js';
import type { Problems } from '../../policy/problems.js';
import type { Rule } from '../../policy/rule.js';
import { EVENT_TYPES } from './log-lines.js';

/** The level of each type of event in the log; `false` leaves it out. @public */
export type LoggingOptions = Partial<Record<ResilienceEventType, ResilienceLogLevel | false>>;

const LEVELS: readonly unknown[] = ['debug', 'log', 'warn', 'error', false];
const expected = 'false, or an object with a level for each type of event';

/** The option `logging`. */
export const loggingRule: Rule<LoggingOptions | false, LoggingOptions | false> = {
  fallback: {},
  expected,
  check(value, path, problems) {
    if (value === false) return false;
    if (!isOptionsObject(value)) return void problems.add(path, expected, value);
    return checkLevels(value, path, problems);
  },
};

function checkLevels(value: Record<string, unknown>, path: string, problems: Problems): LoggingOptions {
  const levels = bareObject();
  for (const type of Object.keys(value)) {
    const level = ownValue(value, type);
    const at = `${path}['${type}']`;
    if (!EVENT_TYPES.includes(type as ResilienceEventType))
      problems.add(at, `a known option, which is a type of event (${suggest(type, EVENT_TYPES)})`, level);
    else if (level === undefined) continue;
    else if (LEVELS.includes(level)) levels[type] = level;
    else problems.add(at, "'debug', 'log', 'warn', 'error' or false", level);
  }
  return levels;
}
