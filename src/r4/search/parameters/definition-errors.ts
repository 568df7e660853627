import { FhirError, type Issue } from '../../errors/fhir-error.js';
import type { SearchParameter } from './search-parameter.js';

/** 422: a valid resource, and no search parameter that this server can offer; every reason is told. */
export class InvalidDefinition extends FhirError {
  readonly status = 422;
  constructor(issues: readonly Issue[]) {
    super(...issues);
  }
}

/** 422: another stored parameter has the code for one of the types. */
export class CodeTaken extends FhirError {
  readonly status = 422;
  constructor({ code }: SearchParameter, other: SearchParameter) {
    super({
      code: 'business-rule',
      diagnostics: `${code} is the code of ${other.url}, which has a base in common. Choose another code, or retire that one first.`,
      expression: ['SearchParameter.code'],
    });
  }
}

/** 422: what another resource defines is replaced only by those who may write every SearchParameter. */
export class UrlTaken extends FhirError {
  readonly status = 422;
  constructor(url: string) {
    super({
      code: 'duplicate',
      diagnostics: `${url} is defined by another SearchParameter resource. Update that one, or choose a url of your own.`,
      expression: ['SearchParameter.url'],
    });
  }
}
