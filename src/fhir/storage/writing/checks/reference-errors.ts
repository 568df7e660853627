import { FhirError, type Issue } from '../../../../r4/errors/fhir-error.js';
import type { LocalLink } from '../../../../r4/search/index/local-references.js';

/** So many references are named one by one. */
const mostIssues = 20;

/** A reference to what is not there for this caller. */
export interface BrokenLink extends LocalLink {
  /** True if the caller may be told of some resources of the type. */
  readonly knowsType: boolean;
}

/** 422 (setting REFERENTIAL_INTEGRITY): a target that is absent and one out of reach are never told apart. */
export class ReferencesNotFound extends FhirError {
  readonly status = 422;

  constructor(links: readonly [BrokenLink, ...BrokenLink[]]) {
    super(...links.slice(0, mostIssues).map(issueOf), ...remainder(links.length - mostIssues));
  }
}

function issueOf({ literal, expression, target: { type }, knowsType }: BrokenLink): Issue {
  const fact = knowsType
    ? `"${literal}" does not exist, or is out of reach of this access.`
    : `"${literal}" cannot be referred to: this access does not reach any ${type}.`;
  const cure = knowsType
    ? `Refer to a ${type} that can be read, or create it in the same transaction.`
    : `Ask for a scope that reads it, such as user/${type}.r, or create it in the same transaction.`;
  return { code: 'not-found', diagnostics: `${fact} ${cure}`, expression: [expression] };
}

const remainder = (count: number): readonly Issue[] =>
  count > 0
    ? [{ code: 'not-found', diagnostics: `${count} more references of this resource are of the same kind.` }]
    : [];

/** 409 (setting REFERENTIAL_INTEGRITY). Who refers to it is not said: the caller may not be allowed to see them. */
export class StillReferenced extends FhirError {
  readonly status = 409;

  constructor(type: string, id: string) {
    super({
      code: 'conflict',
      diagnostics:
        `${type}/${id} cannot be deleted while other resources refer to it. Change or delete these first, or delete them ` +
        `in the same transaction. Search finds them by the parameter that holds the reference, as in Observation?subject=Patient/1.`,
    });
  }
}
