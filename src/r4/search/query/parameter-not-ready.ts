import { type FhirError, TemporarilyUnavailable } from '../../errors/fhir-error.js';
import type { PendingParameter } from '../parameters/custom-parameters.js';
import { NotSearchable } from './not-searchable.js';

/** 503: an answer from half an index would be a wrong one. */
class ParameterBuilding extends TemporarilyUnavailable {
  constructor(type: string, { parameter: { code, url }, progress = 0, reason }: PendingParameter) {
    const fact = reason ?? `what is stored is still being indexed for it (${progress} %)`;
    super(
      5,
      `${code} cannot search ${type} yet: ${fact}. Repeat the request after the time in Retry-After. The parameter is defined by ${url}.`,
    );
  }
}

/** Returns the refusal of a search by the parameter. */
export function parameterNotReady(type: string, pending: PendingParameter): FhirError {
  if (pending.state === 'building') return new ParameterBuilding(type, pending);
  const { code, url } = pending.parameter;
  const reason = pending.reason ?? 'its index could not be built';
  return new NotSearchable(
    `${code} cannot search ${type}: ${reason}. Store the SearchParameter ${url} anew, corrected or as it is, to try again.`,
  );
}
