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

/** What the server brings itself. */
export const builtIn: FhirFeature = {
  operations: [MetaOperation, MetaAddOperation, MetaDeleteOperation, MyAccessOperation, ValidateOperation],
  policies: [AuditIsReadOnly],
  searchParameters: offeredParameters(),
};

/** Those with an expression are indexed; `_text`, `_content`, `_query` and `_filter` have none. */
function offeredParameters(): readonly SearchParameter[] {
  const parameters = new SearchParameters();
  const found = [...resourceTypes].flatMap((type) => [...parameters.forType(type).values()]);
  return [...new Set(found.filter(({ expression }) => expression !== undefined))];
}
