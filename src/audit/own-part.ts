import { objectsOf } from '../r4/json/items.js';
import { createHash } from 'node:crypto';
import { isObject, type JsonObject } from '../r4/json/json.js';
import { subsetted } from '../r4/model/subsetted.js';

/** True if the caller may know of what a reference names: a version, or the patient. */
type MayName = (reference: string) => boolean;

/** The versions of one patient's record that an AuditEvent names. */
export const ownVersions = (event: JsonObject, patient: string): readonly string[] =>
  objectsOf(event['entity']).flatMap((entity) =>
    isOwnVersion(entity, `Patient/${patient}`) ? [referenceIn(entity)] : [],
  );

/**
 * Part of an AuditEvent about one patient: who, when, why and what of that record; nothing of other patients, no query.
 * Undefined if it names nothing that the caller may know: then the event is hidden.
 */
export function ownPart(event: JsonObject, patient: string, mayName: MayName): JsonObject | undefined {
  const versions = ownVersions(event, patient);
  // An event that touched no version is about the patient, as a launch is.
  if (!(versions.length > 0 ? versions.some(mayName) : mayName(`Patient/${patient}`))) return undefined;
  const { id, type, action, recorded, outcome, purposeOfEvent, source } = event;
  const [subtype] = objectsOf(event['subtype']);
  const entities = objectsOf(event['entity']).flatMap((entity) => ownEntity(entity, `Patient/${patient}`, mayName));
  return {
    resourceType: 'AuditEvent',
    // Two patients of one request cannot find out by its id that it was one.
    id: createHash('sha256')
      .update(JSON.stringify([id, patient]))
      .digest('hex')
      .slice(0, 32),
    meta: { tag: [subsetted] },
    type: type!,
    ...(subtype !== undefined && { subtype: [subtype] }),
    action: action!,
    recorded: recorded!,
    outcome: outcome!,
    ...(purposeOfEvent !== undefined && { purposeOfEvent }),
    agent: objectsOf(event['agent']).map(withoutTraces),
    source: source!,
    entity: entities,
  };
}

/** Removes the token and the network of the user, which do not concern the patient. */
function withoutTraces(agent: JsonObject): JsonObject {
  const { policy: _policy, network: _network, ...rest } = agent;
  return rest;
}

function ownEntity(entity: JsonObject, patient: string, mayName: MayName): readonly JsonObject[] {
  const { what, type, role } = entity;
  if (!isObject(what) || !isObject(role) || type === undefined) return [];
  if (role['code'] === '1') return what['reference'] === patient ? [{ what, type, role }] : [];
  if (!isOwnVersion(entity, patient) || !mayName(referenceIn(entity))) return [];
  return [{ what, type, role, detail: objectsOf(entity['detail']).filter((one) => one['type'] !== 'patient') }];
}

const isOwnVersion = (entity: JsonObject, patient: string): boolean =>
  objectsOf(entity['detail']).some((one) => one['type'] === 'patient' && one['valueString'] === patient);

function referenceIn({ what }: JsonObject): string {
  const reference = isObject(what) ? what['reference'] : undefined;
  return typeof reference === 'string' ? reference : '';
}
