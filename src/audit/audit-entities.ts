import type { JsonObject } from '../r4/json/json.js';
import { balpEntityType } from './audit-codes.js';
import type { AuditedObject, AuditRecord } from './audit-record.js';

/** Ids of the patients whose records a version belongs to, by `Type/id/version`. */
export type PatientsOf = (version: string) => readonly string[];

const entityTypes = 'http://terminology.hl7.org/CodeSystem/audit-entity-type';
const objectRoles = 'http://terminology.hl7.org/CodeSystem/object-role';

const person = { system: entityTypes, code: '1', display: 'Person' };
const object = { system: entityTypes, code: '2', display: 'System Object' };
const role = (code: string, display: string) => ({ system: objectRoles, code, display });

const patientRole = role('1', 'Patient');
const resourceRole = role('4', 'Domain Resource');
const securityRole = role('13', 'Security Resource');
const queryRole = role('24', 'Query');

/** The patients, the versions with whose they are and how they were touched, what else was acted on, the query, the request. */
export function entitiesOf(record: AuditRecord, base: string, patientsOf: PatientsOf): readonly JsonObject[] {
  const { written = [], disclosed = [], patients: concerned = [], object: actedOn, line, requestId } = record;
  const touched = [...new Set([...written, ...disclosed])].filter((version) => !version.startsWith('AuditEvent/'));
  const patients = [...new Set([...concerned, ...touched.flatMap(patientsOf)])];
  const writing = new Set(written);
  return [
    ...patients.map((id) => ({ what: { reference: `Patient/${id}` }, type: person, role: patientRole })),
    ...touched.map((version) => ({
      what: { reference: referenceOf(version) },
      type: object,
      role: resourceRole,
      detail: [
        { type: 'use', valueString: writing.has(version) ? 'written' : 'disclosed' },
        ...patientsOf(version).map((id) => ({ type: 'patient', valueString: `Patient/${id}` })),
      ],
    })),
    ...(actedOn ? [objectOf(actedOn)] : []),
    ...(line === undefined ? [] : [queryOf(line, base)]),
    ...(requestId === undefined ? [] : [requestOf(requestId)]),
  ];
}

const objectOf = ({ name, details = [] }: AuditedObject): JsonObject => ({
  type: object,
  role: securityRole,
  name,
  ...(details.length > 0 && { detail: details.map(([type, valueString]) => ({ type, valueString })) }),
});

function referenceOf(version: string): string {
  const [type, id, number] = version.split('/');
  return number === '0' ? `${type}/${id}` : `${type}/${id}/_history/${number}`;
}

/** BALP Query: the whole request line, in base64, since it may hold what identifies patients. */
function queryOf(line: string, base: string): JsonObject {
  const space = line.indexOf(' ');
  const whole = `${line.slice(0, space)} ${base}/${line.slice(space + 1)}`;
  return { type: object, role: queryRole, query: Buffer.from(whole).toString('base64') };
}

const requestOf = (value: string): JsonObject => ({
  what: { identifier: { value } },
  type: { system: balpEntityType, code: 'XrequestId' },
});
