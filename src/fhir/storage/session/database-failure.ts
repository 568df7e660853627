import { CallerGone, NoConnection } from '../../../database/caller-shares.js';
import { codeOf, isDatabaseAway } from '../../../database/database-away.js';
import { FhirError } from '../../../r4/errors/fhir-error.js';
import { CallerBusy, Overloaded } from '../../../r4/errors/request-errors.js';
import { isReleaseGone, ReleaseGone } from './release-gone.js';
import { ServiceUnavailable } from './service-unavailable.js';
import { StorageFull } from './storage-full.js';

/** Another transaction stored a version in between; the work has to start again. */
export class LostRace extends Error {
  override readonly name = 'LostRace';
}

/** A prepared statement that is not there, or is there already. */
const preparationStates = new Set(['26000', '42P05']);

/** True if a pooler between has lost or mixed up what was prepared. */
export const isPreparationLost = (error: unknown): boolean => preparationStates.has(codeOf(error) ?? '');

const retryableStates = new Set(['40001', '40P01', ...preparationStates]);

/** True if doing the whole transaction again may succeed. */
export const isRetryable = (error: unknown): boolean =>
  error instanceof LostRace || retryableStates.has(codeOf(error) ?? '');

const diskFull = '53100';

/** Turns failures of the database into 503, a full disk into 507; anything else stays what it is. */
export function describeFailure(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof FhirError) return error;
  if (error instanceof NoConnection)
    return error.shortage === 'caller-share' ? new CallerBusy(error.most) : new Overloaded(2);
  if (error instanceof CallerGone) return new ServiceUnavailable(error);
  if (codeOf(error) === diskFull) return new StorageFull(error);
  if (isReleaseGone(error)) return new ReleaseGone(error);
  return isDatabaseAway(error) || isRetryable(error) ? new ServiceUnavailable(error) : error;
}

/** As {@link describeFailure}, unless the transaction is to begin again. */
export const failureOf = (error: unknown): unknown => (isRetryable(error) ? error : describeFailure(error));

export const throwFailure = (error: unknown): never => {
  throw failureOf(error);
};
