const hour = 3_600_000;
const minute = 60_000;

/** Stops periodic work. */
export interface Recurring {
  stop(): void;
}

/**
 * Runs the work after a minute and then once an hour: a server may live for less than an hour. A database that is away has nothing to
 * clean: the next hour will do.
 */
export function everyHour(work: () => Promise<unknown>): Recurring {
  const run = (): void => void work().catch(() => undefined);
  const first = setTimeout(run, minute).unref();
  const others = setInterval(run, hour).unref();
  return {
    stop() {
      clearTimeout(first);
      clearInterval(others);
    },
  };
}
