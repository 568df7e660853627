import { AuditIsReadOnly } from '../scope/policies/audit-is-read-only.js';
import type { FhirFeature } from './feature.js';
import { resourceTypes } from './model/resource-types.js';
import { MyAccessOperation } from './operations/my-access.operation.js';
import type { SearchParameter } from './search/search-parameter.js';
import { SearchParameters } from './search/search-parameters.js';

const offeredCodes = ['_id', '_lastUpdated', 'identifier'];

/** What the server brings itself. */
export const builtIn: FhirFeature = {
  operations: [MyAccessOperation],
  policies: [AuditIsReadOnly],
  searchParameters: offeredParameters(),
};

function offeredParameters(): readonly SearchParameter[] {
  const parameters = new SearchParameters();
  const found = [...resourceTypes].flatMap((type) => offeredCodes.map((code) => parameters.find(type, code)));
  return [...new Set(found.filter((parameter) => parameter !== undefined))];
}
