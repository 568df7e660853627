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

/** A version that was touched. */
export interface TouchedVersion {
  readonly type: string;
  readonly id: string;
  /** `0` where it is not known. */
  readonly number: string;
  readonly use: 'written' | 'disclosed';
  /** Ids of the patients whose it is. */
  readonly patients: readonly string[];
}

/** Facts that become entities, in their order. */
export interface EntityFacts {
  /** Ids. */
  readonly patients: readonly string[];
  readonly versions: readonly TouchedVersion[];
  readonly object: AuditedObject | undefined;
  /** Method, path and query. */
  readonly line: string | undefined;
  /** The request line in base64. */
  readonly query: string | undefined;
  readonly requestId: string | undefined;
}

/** The patients, the versions with whose they are and how they were touched, what else was acted on, the query, the request. */
export function entityFacts(record: AuditRecord, base: string, patientsOf: PatientsOf): EntityFacts {
  const { written = [], disclosed = [], patients: concerned = [], object: actedOn, line, requestId } = record;
  const writing = new Set(written);
  const versions = [...new Set([...written, ...disclosed])]
    .filter((version) => !version.startsWith('AuditEvent/'))
    .map((version): TouchedVersion => {
      const [type = '', id = '', number = ''] = version.split('/');
      return { type, id, number, use: writing.has(version) ? 'written' : 'disclosed', patients: patientsOf(version) };
    });
  const patients = [...new Set([...concerned, ...versions.flatMap((version) => version.patients)])];
  return {
    patients,
    versions,
    object: actedOn,
    line,
    query: line === undefined ? undefined : queryOf(line, base),
    requestId,
  };
}

export const entitiesOf = ({ patients, versions, object: actedOn, query, requestId }: EntityFacts): JsonObject[] => [
  ...patients.map(patientEntity),
  ...versions.map((version) => versionEntity(referenceOf(version), version.use, version.patients)),
  ...(actedOn ? [objectEntity(actedOn)] : []),
  ...(query === undefined ? [] : [queryEntity(query)]),
  ...(requestId === undefined ? [] : [requestEntity(requestId)]),
];

export const patientEntity = (id: string): JsonObject => ({
  what: { reference: `Patient/${id}` },
  type: person,
  role: patientRole,
});

export const versionEntity = (reference: string, use: string, patients: readonly string[]): JsonObject => ({
  what: { reference },
  type: object,
  role: resourceRole,
  detail: [
    { type: 'use', valueString: use },
    ...patients.map((id) => ({ type: 'patient', valueString: `Patient/${id}` })),
  ],
});

const referenceOf = ({ type, id, number }: TouchedVersion): string =>
  number === '0' ? `${type}/${id}` : `${type}/${id}/_history/${number}`;

export const objectEntity = ({ name, details = [] }: AuditedObject): JsonObject => ({
  type: object,
  role: securityRole,
  name,
  ...(details.length > 0 && { detail: details.map(([type, valueString]) => ({ type, valueString })) }),
});

export const queryEntity = (query: string): JsonObject => ({ type: object, role: queryRole, query });

/** BALP Query: the whole request line, in base64, since it may hold what identifies patients. */
function queryOf(line: string, base: string): string {
  const space = line.indexOf(' ');
  return Buffer.from(`${line.slice(0, space)} ${base}/${line.slice(space + 1)}`).toString('base64');
}

export const requestEntity = (value: string): JsonObject => ({
  what: { identifier: { value } },
  type: { system: balpEntityType, code: 'XrequestId' },
});
