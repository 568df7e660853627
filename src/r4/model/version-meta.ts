import { isObject, type JsonObject, parseJson } from '../json/json.js';
import { labelElements, labelsOf, uniteLabels } from './labels.js';
import { isSubsetted } from './subsetted.js';

/** Elements that the server sets on each version it stores. */
export interface VersionStamp {
  readonly id: string;
  readonly versionId: number;
  /** Instant with milliseconds, UTC. */
  readonly lastUpdated: string;
  /** Text of the version that is replaced: its tags and security labels survive (https://hl7.org/fhir/R4/resource.html#Meta). */
  readonly previousBody?: string;
}

/** A copy with `id` and `meta` set; every other element keeps its place and value. */
export function stampVersion(resource: JsonObject, stamp: VersionStamp): JsonObject {
  const given = resource['meta'];
  const meta = stampMeta(isObject(given) ? given : {}, stamp);
  const stamped: JsonObject = {};
  for (const [name, value] of Object.entries(resource)) {
    stamped[name] = name === 'id' ? stamp.id : name === 'meta' ? meta : value;
    if (name === 'resourceType' && !('id' in resource)) stamped['id'] = stamp.id;
    if (name === ('id' in resource ? 'id' : 'resourceType') && !('meta' in resource)) stamped['meta'] = meta;
  }
  return stamped;
}

function stampMeta(given: JsonObject, { versionId, lastUpdated, previousBody }: VersionStamp): JsonObject {
  const stamped: JsonObject = { versionId: String(versionId), lastUpdated };
  const meta = Object.assign(stamped, given, { versionId: String(versionId), lastUpdated });
  if (previousBody === undefined || !/"(?:tag|security)"/.test(previousBody)) return meta;
  const previous = parseJson(previousBody);
  const previousMeta = isObject(previous) ? previous['meta'] : undefined;
  for (const name of labelElements) {
    // The next version is whole, even if the one before was a part.
    const kept = labelsOf(previousMeta, name).filter((label) => !isSubsetted(label));
    const labels = uniteLabels(kept, labelsOf(meta, name));
    if (labels.length > 0) meta[name] = labels;
  }
  return meta;
}
