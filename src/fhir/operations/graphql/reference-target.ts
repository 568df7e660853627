import { FhirError, InvalidRequest } from '../../../r4/errors/fhir-error.js';
import { objectsOf, textOf } from '../../../r4/json/items.js';
import type { JsonObject } from '../../../r4/json/json.js';
import { parseReference } from '../../../r4/model/reference.js';
import { isResourceType } from '../../../r4/model/resource-types.js';
import { printable } from '../../../r4/errors/request-errors.js';
import { type Node, nodeOf, stored } from './node.js';
import type { PlannedField } from './plan-query.js';
import type { Reading, StoredData } from './stored-data.js';

/** Target of a reference; undefined: nothing that is asked for, or not fetched yet. */
type Target = Reading | 'nowhere' | undefined;

interface TargetMeans {
  readonly data: StoredData;
  /** FHIR base URL. */
  readonly base: string;
}

/** The target of a Reference, if it is there and of the type that is asked for. Throws what a read of it throws, unless the field is optional. */
export function targetOf(means: TargetMeans, field: PlannedField, { value, focus }: Node): readonly Node[] {
  const reference = textOf(value['reference']);
  const wanted = field.args.get('type');
  const isContained = reference.startsWith('#');
  const found = isContained ? containedIn(focus?.resource, reference.slice(1)) : resolved(means, reference, wanted);
  const target = found === 'nowhere' ? new Unresolved(field.path, reference) : found;
  if (target instanceof FhirError) {
    if (field.args.get('optional') === 'true') return [];
    throw target;
  }
  if (!target) return [];
  const nodes = isContained ? nodeOf(target, 'Resource', focus) : [stored(target)];
  return nodes.filter(({ type }) => wanted === undefined || type === wanted);
}

function resolved(
  { data, base }: TargetMeans,
  reference: string,
  wanted: string | readonly string[] | undefined,
): Target {
  const local = parseReference(reference, base);
  if (!local || !isResourceType(local.type)) return 'nowhere';
  // It is not of the type that is asked for: nobody has to look.
  return wanted !== undefined && local.type !== wanted ? undefined : data.resource(local);
}

/** `#` alone is the resource that contains. */
function containedIn(resource: JsonObject | undefined, id: string): JsonObject | 'nowhere' {
  if (!resource) return 'nowhere';
  return (id === '' ? resource : containedById(resource).get(id)) ?? 'nowhere';
}

/** Each is read once: a resource may contain thousands, and refer to each of them. */
const knownContained = new WeakMap<JsonObject, ReadonlyMap<string, JsonObject>>();

function containedById(resource: JsonObject): ReadonlyMap<string, JsonObject> {
  const known = knownContained.get(resource);
  if (known) return known;
  // The first of one id counts.
  const all = objectsOf(resource['contained']).toReversed();
  const made = new Map(all.map((one) => [textOf(one['id']), one]));
  knownContained.set(resource, made);
  return made;
}

/** 422: a reference leads to nothing that this server has. */
class Unresolved extends InvalidRequest {
  override readonly status = 422;
  constructor(path: string, reference: string) {
    const which =
      reference === '' ? 'a Reference without a literal reference' : `"${printable(reference).slice(0, 200)}"`;
    super({
      code: 'not-found',
      diagnostics: `${path}: ${which} leads to no resource of this server. Ask for resource(optional: true) to have it left out.`,
    });
  }
}
