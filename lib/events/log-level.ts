import { Logger } from '@nestjs/common';

/** A level at which the library writes lines into the application's log. @public */
export type ResilienceLogLevel = 'debug' | 'log' | 'warn' | 'error';

interface LevelLogger {
  isLevelEnabled?(level: ResilienceLogLevel): boolean;
}

/**
 * True if lines of a level are written. `Logger.isLevelEnabled()` of Nest 11 denies a default logger and custom ones, so the
 * application's logger is asked itself where it can tell.
 */
export function isLevelOn(level: ResilienceLogLevel): boolean {
  const { staticInstanceRef: logger, logLevels } = Logger as unknown as {
    staticInstanceRef?: LevelLogger;
    logLevels?: unknown;
  };
  if (!logger) return false;
  if (typeof logger.isLevelEnabled === 'function') return logger.isLevelEnabled(level);
  return logLevels === undefined || Logger.isLevelEnabled(level);
}
