import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import type { Issue } from '../../../r4/errors/fhir-error.js';
import type { OperationOutcome } from '../../../r4/errors/operation-outcome.js';
import { listed } from '../../../r4/errors/listed.js';
import { printable } from '../../../r4/errors/request-errors.js';
import { nearest } from '../../../r4/model/nearest.js';

/** 400: the query is no GraphQL, or asks for what is not offered. */
export class InvalidQuery extends InvalidRequest {
  constructor(diagnostics: string, code = 'invalid') {
    super({ code, diagnostics });
  }
}

const mostNamed = 40;

/** 400 for a name that is not offered, with those that are. */
export function unknownName(fact: string, name: string, offered: readonly string[]): InvalidQuery {
  const near = nearest(name, offered);
  const hint = near === undefined ? '' : ` Did you mean ${near}?`;
  const offer = offered.length === 0 ? 'It has none.' : `Offered: ${listed(offered.toSorted(), mostNamed)}.`;
  return new InvalidQuery(`${fact}${hint} ${offer}`, 'not-supported');
}

/** A name of a client, for a message. */
export const quoted = (name: string): string => `"${printable(name).slice(0, 100)}"`;

const isError = ({ severity = 'error' }: Issue): boolean => severity === 'error' || severity === 'fatal';

/** Errors as GraphQL has them, with an OperationOutcome each (https://hl7.org/fhir/R4/graphql.html#errors). */
export function graphqlErrors({ issue: issues }: OperationOutcome): object {
  const remarks = issues.filter((one) => !isError(one));
  const failed = issues.filter(isError);
  const errors = (failed.length > 0 ? failed : issues).map((issue, at) => ({
    message: issue.diagnostics ?? issue.details?.text ?? issue.code,
    extensions: {
      resource: {
        resourceType: 'OperationOutcome',
        issue: at === 0 && failed.length > 0 ? [issue, ...remarks] : [issue],
      },
    },
  }));
  return { data: null, errors };
}
