import type { Settings } from './settings-schema.js';

/** How the process runs, as whoever operates it sees it. */
export interface ProcessSettings {
  /** Seconds between being asked to stop and taking no more connections. */
  readonly shutdownDelay: number;
  /** Absent: no metrics. */
  readonly metricsPort: number | undefined;
}

export const processSettings = (settings: Settings): ProcessSettings => ({
  shutdownDelay: settings.SHUTDOWN_DELAY ?? (settings.NODE_ENV === 'production' ? 5 : 0),
  metricsPort: settings.METRICS_PORT,
});
