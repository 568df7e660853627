import { FhirError } from '../model/fhir-error.js';
import { ServiceUnavailable } from './service-unavailable.js';

/** Another transaction stored a version in between; the work has to start again. */
export class LostRace extends Error {
  override readonly name = 'LostRace';
}

/** SQLSTATE classes and codes (https://www.postgresql.org/docs/current/errcodes-appendix.html) that waiting may cure. */
const transientStates = /^(?:08...|53...|57...|58...|25006|55P03)$/;
const retryableStates = new Set(['40001', '40P01']);

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** The driver and its pool raise these without a code. */
const driverMessages =
  /Connection terminated|not queryable|timeout exceeded when trying to connect|timeout expired|QueryRunner(?:Provider)?AlreadyReleased|Cannot use a pool after/;

/** True if doing the whole transaction again may succeed. */
export const isRetryable = (error: unknown): boolean =>
  error instanceof LostRace || retryableStates.has(codeOf(error) ?? '');

/** Turns failures of the database into 503; anything else stays what it is. */
export function describeFailure(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof FhirError) return error;
  const code = codeOf(error);
  const transient =
    code === undefined
      ? driverMessages.test(`${error.name}: ${error.message}`)
      : transientStates.test(code) || networkCodes.has(code) || retryableStates.has(code);
  return transient || error instanceof LostRace ? new ServiceUnavailable(error) : error;
}

/** TypeORM wraps errors of the driver but copies their code. */
function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
