import { Logger } from '@nestjs/common';

interface LevelLogger {
  debug?: unknown;
  isLevelEnabled?(level: 'debug'): boolean;
}

/**
 * True if lines at log level debug are written. `Logger.isLevelEnabled()` of Nest 11 denies a default logger, so the application's
 * logger is asked itself where it can tell.
 */
export function isDebugOn(): boolean {
  if (Logger.isLevelEnabled('debug')) return true;
  const { staticInstanceRef: logger } = Logger as unknown as { staticInstanceRef?: LevelLogger };
  return logger?.isLevelEnabled?.('debug') === true;
}
