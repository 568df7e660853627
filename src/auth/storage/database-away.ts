/** Connection exceptions, too few resources, operator intervention: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const awayStates = /^(?:08|53|57)...$/;
const networkCodes = /^(?:ECONN[A-Z]+|EPIPE|ETIMEDOUT|ENOENT|ENOTFOUND|EAI_AGAIN|E(?:HOST|NET)UNREACH)$/;
/** The driver and its pool raise these without a code. */
const driverMessages =
  /Connection terminated|not queryable|timeout exceeded when trying to connect|Cannot use a pool after|ConnectionIsNotSet|DriverAlreadyReleased|is not established/;

/** Whether waiting may cure an error of the database. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code === undefined) return driverMessages.test(`${error.name}: ${error.message}`);
  return awayStates.test(code) || networkCodes.test(code);
}
