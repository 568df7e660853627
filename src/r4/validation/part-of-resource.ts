import { FhirError, type Issue } from '../errors/fhir-error.js';
import { textOf } from '../json/items.js';
import type { JsonObject } from '../json/json.js';
import { labelsOf } from '../model/labels.js';
import { isSubsetted } from '../model/subsetted.js';
import { findingIssue } from './finding.js';
import { ValidationRun } from './validation-run.js';

/**
 * What keeps a resource from being stored that says of itself that it is a part (https://hl7.org/fhir/R4/search.html#summary): the rest
 * would be lost. The one issue or none; of resources inside nothing is asked.
 */
export function partIssues(resource: JsonObject): readonly Issue[] {
  const place = labelsOf(resource['meta'], 'tag').findIndex(isSubsetted);
  if (place < 0) return [];
  const run = new ValidationRun({});
  run.path.push(textOf(resource['resourceType']), 'meta', 'tag', place);
  run.report(
    'subsetted',
    'all of the resource: read it without _elements and _summary, or remove the tag if nothing is missing',
    'the tag SUBSETTED, by which this is a part of it, and the rest would be lost',
  );
  return run.result().map(findingIssue);
}

/** 422: a part in place of the whole. */
export class PartOfResource extends FhirError {
  readonly status = 422;
}
