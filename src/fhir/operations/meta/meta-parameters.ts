import { hasMetaLists } from '../../interactions/change-meta.interaction.js';
import type { Json, JsonObject } from '../../../r4/json/json.js';
import { NotThisResource } from '../../../r4/errors/request-errors.js';
import type { DeclaredParameter } from '../parameters/declared-parameter.js';

/** The parameter of `$meta-add` and `$meta-delete`. What is stored is checked as a part of the resource. */
export const givenMeta = [
  {
    name: 'meta',
    type: 'Meta',
    min: 1,
    unchecked: true,
    documentation: 'Profiles, tags or security labels.',
  },
] as const satisfies readonly DeclaredParameter[];

export const returnedMeta = [
  { name: 'return', type: 'Meta', min: 1, documentation: 'The meta of the resource, as stored.' },
] as const satisfies readonly DeclaredParameter[];

/** The `meta` that was posted, if it changes something. Throws 400. */
export function requireMetaLists(meta: JsonObject, operation: string): JsonObject {
  if (hasMetaLists(meta)) return meta;
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
