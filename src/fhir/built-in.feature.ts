import { AuditIsReadOnly } from '../scope/policies/audit-is-read-only.js';
import type { FhirFeature } from './feature.js';
import { resourceTypes } from './model/resource-types.js';
import { MetaOperation } from './operations/meta.operation.js';
import { MetaAddOperation } from './operations/meta-add.operation.js';
import { MetaDeleteOperation } from './operations/meta-delete.operation.js';
import { MyAccessOperation } from './operations/my-access.operation.js';
import { ValidateOperation } from './operations/validate.operation.js';
import type { SearchParameter } from './search/search-parameter.js';
import { SearchParameters } from './search/search-parameters.js';

const offeredCodes = ['_id', '_lastUpdated', 'identifier'];

/** What the server brings itself. */
export const builtIn: FhirFeature = {
  operations: [MetaOperation, MetaAddOperation, MetaDeleteOperation, MyAccessOperation, ValidateOperation],
  policies: [AuditIsReadOnly],
  searchParameters: offeredParameters(),
};

function offeredParameters(): readonly SearchParameter[] {
  const parameters = new SearchParameters();
  const found = [...resourceTypes].flatMap((type) => offeredCodes.map((code) => parameters.find(type, code)));
  return [...new Set(found.filter((parameter) => parameter !== undefined))];
}
