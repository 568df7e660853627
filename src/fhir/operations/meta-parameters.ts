import { listOf } from '../../r4/json/items.js';
import { hasMetaLists } from '../interactions/change-meta.interaction.js';
import { isObject, type Json, type JsonObject } from '../../r4/json/json.js';
import { NotThisResource } from '../../r4/errors/request-errors.js';

/** The `meta` of the Parameters that were posted. Throws 400. */
export function metaParameter(input: JsonObject | undefined, operation: string): JsonObject {
  const parameters = input?.['parameter'];
  const [found, ...more] = listOf(parameters).filter(
    (parameter): parameter is JsonObject => isObject(parameter) && parameter['name'] === 'meta',
  );
  const meta = found?.['valueMeta'];
  if (more.length === 0 && isObject(meta) && hasMetaLists(meta)) return meta;
  throw new NotThisResource(
    `$${operation} takes Parameters with one parameter "meta", whose valueMeta has profile, tag or security.`,
    'Parameters.parameter',
  );
}

/** https://hl7.org/fhir/R4/resource-operation-meta.html: the answer of all three operations. */
export const metaAnswer = (meta: Json): JsonObject => ({
  resourceType: 'Parameters',
  parameter: [{ name: 'return', valueMeta: meta }],
});
