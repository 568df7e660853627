import { FhirError, type Issue } from '../../../r4/errors/fhir-error.js';
import type { Condition } from '../../../r4/search/query/condition.js';

/** 412: the condition is not selective enough. What else it matches, out of the caller's reach, does not count. */
export class SeveralMatches extends FhirError {
  readonly status = 412;
  constructor({ text }: Condition, advice = 'Use criteria that only one resource satisfies, such as identifier.') {
    super({ code: 'multiple-matches', diagnostics: `More than one resource matches "${text}". ${advice}` });
  }
}

/** 412: more matches than one request may delete. */
export class TooManyMatches extends FhirError {
  readonly status = 412;
  constructor({ text }: Condition, most: number) {
    super({
      code: 'too-costly',
      diagnostics: `More than ${most} resources match "${text}"; one request deletes ${most} (setting CONDITIONAL_DELETE_MAX). Narrow the criteria.`,
    });
  }
}

/** 404: nothing within reach matches. */
export class NoMatch extends FhirError {
  readonly status = 404;
  constructor({ text }: Condition, remarks: readonly Issue[]) {
    super({ code: 'not-found', diagnostics: `No resource matches "${text}".` }, ...remarks);
  }
}

/** 412: `If-Match` names a version of what is not there. */
export class NoVersionToMatch extends FhirError {
  readonly status = 412;
  constructor({ text }: Condition) {
    super({ code: 'conflict', diagnostics: `If-Match asks for a version, but no resource matches "${text}".` });
  }
}

/** 412: a reference such as `Patient?identifier=1` has to match one resource (https://hl7.org/fhir/R4/http.html#trules). */
export class UnresolvedReference extends FhirError {
  readonly status = 412;
  constructor({ text }: Condition, matches: number, expression: string) {
    const fact =
      matches === 0
        ? `No resource matches the reference "${text}"; what this transaction stores is found by identifier alone. Refer to an entry of the bundle by its fullUrl.`
        : `More than one resource matches the reference "${text}". Use criteria that only one satisfies, such as identifier.`;
    super({ code: matches === 0 ? 'not-found' : 'multiple-matches', diagnostics: fact, expression: [expression] });
  }
}
