const hour = 3_600_000;

/** Runs the work once an hour, until the timer is cleared. A database that is away has nothing to clean: the next hour will do. */
export const everyHour = (work: () => Promise<unknown>): NodeJS.Timeout =>
  setInterval(() => void work().catch(() => undefined), hour).unref();
