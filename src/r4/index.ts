/**
 * R4 itself, without Nest and without a database: JSON and XML without loss, validation, request lines, search, errors.
 *
 * @packageDocumentation
 */
export {
  FhirError,
  InvalidRequest,
  type Issue,
  ResourceGone,
  ResourceNotFound,
  TemporarilyUnavailable,
} from './errors/fhir-error.js';
export { type OperationOutcome, operationOutcome } from './errors/operation-outcome.js';
export { ExactNumber, isObject, type Json, type JsonObject, MalformedJson, parseJson, writeJson } from './json/json.js';
export { isResourceType, resourceTypes } from './model/resource-types.js';
export { type Interaction, type InteractionKind, type NoInteraction, parseInteraction } from './rest/interaction.js';
export { SearchOffer } from './search/parameters/search-offer.js';
export type { SearchParameter, SearchParameterType } from './search/parameters/search-parameter.js';
export { SearchParameters } from './search/parameters/search-parameters.js';
export { type ParsedSearch, parseSearch, type SearchScope, type SearchSettings } from './search/query/parse-search.js';
export { type Finding, findingIssue, type Severity } from './validation/finding.js';
export { hasErrors, validateResource } from './validation/validate-resource.js';
export type { ValidationLevel, ValidationOptions } from './validation/validation-run.js';
export { MalformedXml } from './xml/malformed-xml.js';
export { NotRepresentableInXml } from './xml/not-representable-in-xml.js';
export { readXml } from './xml/read-xml.js';
export { type Replacement, writeXml } from './xml/write-xml.js';
