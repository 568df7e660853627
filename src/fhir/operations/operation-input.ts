import { isObject, type Json, type JsonObject } from '../../r4/json/json.js';
import { isResourceType } from '../../r4/model/resource-types.js';
import { asResource } from '../interactions/parse-resource.js';
import type { OperationDeclaration } from './operation.js';
import { isResourceParameter } from './parameters/read-value.js';

/** Input of an operation: Parameters, or the one resource that it takes alone. Throws 400. */
export function inputOf(
  { takesResource, parameters = [] }: OperationDeclaration,
  document: Json,
  addressed: string | undefined,
): JsonObject {
  const isBare = takesResource === true && isObject(document) && document['resourceType'] !== 'Parameters';
  return asResource(
    document,
    isBare ? bareType(parameters.find(isResourceParameter)?.type, document, addressed) : 'Parameters',
  );
}

/** The declared type; of any resource, the type that it is called on or, at system level, its own. */
function bareType(declared: string | undefined, document: JsonObject, addressed: string | undefined): string {
  if (declared !== undefined && isResourceType(declared)) return declared;
  const { resourceType } = document;
  return addressed ?? (typeof resourceType === 'string' ? resourceType : 'Resource');
}
