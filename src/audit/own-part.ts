import { createHash } from 'node:crypto';
import { isObject, type Json, type JsonObject } from '../fhir/model/json.js';

const subsetted = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' };

/** What of an AuditEvent concerns one patient: who, when, why and what of that record; nothing of other patients, no query. */
export function ownPart(event: JsonObject, patient: string): JsonObject {
  const { id, type, action, recorded, outcome, purposeOfEvent, source } = event;
  const [subtype] = list(event['subtype']);
  const entities = list(event['entity']).flatMap((entity) => ownEntity(entity, `Patient/${patient}`));
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
    agent: list(event['agent']).map(withoutTraces),
    source: source!,
    entity: entities,
  };
}

/** Neither the token nor the network of the user is the patient's business. */
function withoutTraces(agent: JsonObject): JsonObject {
  const { policy: _policy, network: _network, ...rest } = agent;
  return rest;
}

function ownEntity(entity: JsonObject, patient: string): readonly JsonObject[] {
  const { what, type, role } = entity;
  if (!isObject(what) || !isObject(role) || type === undefined) return [];
  if (role['code'] === '1') return what['reference'] === patient ? [{ what, type, role }] : [];
  const details = list(entity['detail']).filter((one) => one['type'] !== 'patient' || one['valueString'] === patient);
  const isOwn = details.some((one) => one['type'] === 'patient');
  return isOwn ? [{ what, type, role, detail: details.filter((one) => one['type'] !== 'patient') }] : [];
}

const list = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? (value as readonly Json[]).filter(isObject) : [];
