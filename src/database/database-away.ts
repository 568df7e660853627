/** SQLSTATEs (https://www.postgresql.org/docs/current/errcodes-appendix.html) that waiting may cure; a password may be about to change. */
const awayStates = /^(?:08...|28P01|53...|57...|58...|25006|55P03)$/;
const networkCodes = /^(?:ECONN[A-Z]+|EPIPE|ETIMEDOUT|ENOENT|ENOTFOUND|EAI_AGAIN|E(?:HOST|NET)UNREACH)$/;
/** The driver, its pool and TypeORM raise these without a code. */
const driverMessages =
  /Connection terminated|not queryable|timeout exceeded when trying to connect|timeout expired|Cannot use a pool after|ConnectionIsNotSet|DriverAlreadyReleased|QueryRunner(?:Provider)?AlreadyReleased|is not established/;
/** The text of an error of Citus: its PostgreSQL died while it waited for another node. The SQLSTATE is XX000, as of any internal error. */
const lastWordOfCitus = 'postmaster was shut down, exiting';

/** True if waiting may cure an error of the database. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = codeOf(error);
  if (code === undefined) return driverMessages.test(`${error.name}: ${error.message}`);
  return awayStates.test(code) || networkCodes.test(code) || error.message === lastWordOfCitus;
}

/** TypeORM wraps errors of the driver but copies their code. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
