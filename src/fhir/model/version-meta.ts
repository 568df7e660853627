import { isObject, type Json, type JsonObject, parseJson } from './json.js';

/** What the server sets on each version it stores. */
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
    if (name !== 'resourceType') continue;
    if (!('id' in resource)) stamped['id'] = stamp.id;
    if (!('meta' in resource)) stamped['meta'] = meta;
  }
  return stamped;
}

function stampMeta(given: JsonObject, { versionId, lastUpdated, previousBody }: VersionStamp): JsonObject {
  const stamped: JsonObject = { versionId: String(versionId), lastUpdated };
  const meta = Object.assign(stamped, given, { versionId: String(versionId), lastUpdated });
  if (previousBody === undefined || !/"(?:tag|security)"/.test(previousBody)) return meta;
  const previous = parseJson(previousBody);
  const previousMeta = isObject(previous) ? previous['meta'] : undefined;
  if (!isObject(previousMeta)) return meta;
  for (const name of ['security', 'tag']) {
    const labels = unite(previousMeta[name], meta[name]);
    if (labels.length > 0) meta[name] = labels;
  }
  return meta;
}

/** Labels of both lists, by system and code. */
function unite(previous: Json | undefined, given: Json | undefined): readonly Json[] {
  const labels = Array.isArray(given) ? (given as readonly Json[]) : [];
  const kept = (Array.isArray(previous) ? (previous as readonly Json[]) : []).filter(
    (old) => isObject(old) && !labels.some((label) => isObject(label) && sameCode(old, label)),
  );
  return [...kept, ...labels];
}

const sameCode = (a: JsonObject, b: JsonObject): boolean => a['system'] === b['system'] && a['code'] === b['code'];
