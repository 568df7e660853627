import {
  type EntityFacts,
  objectEntity,
  patientEntity,
  queryEntity,
  requestEntity,
  type TouchedVersion,
  versionEntity,
} from '../../../audit/audit-entities.js';
import type { JsonObject } from '../../../r4/json/json.js';

/** Entities as a row in the short form has them, and as they are sealed. */
export interface ShortEntities {
  /**
   * Versions, the object, the request line and the id of the request, each ended by {@link fieldEnd} but the last; `lanyard_event_entities`
   * makes the JSON of it. Patients are the records (`compartments`) of the row.
   */
  readonly stored: string;
  readonly json: string;
}

/** No text of the short form has it. */
const fieldEnd = '\u0001';
/** Stands for the id of the first patient in a request line. */
const firstInLine = '\u0002';

/** Stands for what is an entity's own. */
const own = '?';

/** Parts of the JSON of an entity before, between and after its own texts. */
const around = (entity: JsonObject): readonly string[] => JSON.stringify(entity).split(own);

const [patientStart, patientEnd] = around(patientEntity(own));
const [queryStart, queryEnd] = around(queryEntity(own));
const [requestStart, requestEnd] = around(requestEntity(own));
const [versionStart, versionMiddle, versionPatient, versionEnd] = around(versionEntity(own, own, [own]));
const [objectStart = ''] = around(objectEntity({ name: own }));

const plainRequest = /^[ !#-[\]-~]+$/;
const plainId = /^[A-Za-z0-9\-.]{1,64}$/;
const plainJson = /^[ -[\]-~]*$/;
/** The method, and the path with the query, which becomes base64: any text that UTF-8 has, without control characters. */
// oxlint-disable-next-line no-control-regex -- the form has some of them
const plainLine = /^[!-~]+ [^\u0000-\u001f\ud800-\udfff]*$/u;

/**
 * Undefined where the database could not make the JSON: where a text is not ASCII, or JSON escapes it, or an id is none of R4.
 */
export function shortEntities(facts: EntityFacts): ShortEntities | undefined {
  const { patients, versions, object, line, query, requestId } = facts;
  const acted = object && JSON.stringify(objectEntity(object));
  if (!isPlain(facts) || !plainJson.test(acted ?? '')) return undefined;
  const [first] = patients;
  const fields = [
    shortVersions(versions, patients),
    acted?.slice(objectStart.length) ?? '',
    first === undefined ? line : line?.replaceAll(first, firstInLine),
    requestId,
  ];
  const entities = [
    ...patients.map((id) => `${patientStart}${id}${patientEnd}`),
    ...versions.map(versionJson),
    ...ifAny(acted, (text) => text),
    ...ifAny(query, (text) => `${queryStart}${text}${queryEnd}`),
    ...ifAny(requestId, (text) => `${requestStart}${text}${requestEnd}`),
  ];
  return { stored: fields.join(fieldEnd), json: `[${entities.join()}]` };
}

const ifAny = (text: string | undefined, make: (text: string) => string): readonly string[] =>
  text === undefined ? [] : [make(text)];

const isPlain = ({ patients, versions, line, requestId }: EntityFacts): boolean =>
  patients.every(isPlainId) &&
  versions.every(isPlainVersion) &&
  (line === undefined || plainLine.test(line)) &&
  (requestId === undefined || plainRequest.test(requestId));

const isPlainId = (text: string): boolean => plainId.test(text);

const isPlainVersion = ({ type, id, number, patients }: TouchedVersion): boolean =>
  plainId.test(type) && plainId.test(id) && plainId.test(number) && patients.every(isPlainId);

/** `=` before a version of what stands before. */
function shortVersions(versions: readonly TouchedVersion[], patients: readonly string[]): string {
  const records = new Map(patients.map((id, i) => [id, `*${i + 1}`]));
  const named = new Set<string>();
  const texts: string[] = [];
  for (const version of versions) {
    const before = named.size;
    named.add(`${version.type}/${version.id}`);
    texts.push(`${named.size === before ? '=' : ''}${shortVersion(version, patients, records)}`);
  }
  return texts.join();
}

/** `!` before what was written; `*2` for the second patient of the event; patients only where they are not those that are expected. */
function shortVersion(
  { type, id, number, use, patients }: TouchedVersion,
  all: readonly string[],
  records: ReadonlyMap<string, string>,
): string {
  const expected = type === 'Patient' ? [id] : all;
  const isExpected = patients.length === expected.length && patients.every((one, i) => one === expected[i]);
  const whose = isExpected ? '' : `:${patients.join('+')}`;
  const record = type === 'Patient' ? records.get(id) : undefined;
  return `${use === 'written' ? '!' : ''}${record ?? `${type}/${id}`}/${number}${whose}`;
}

function versionJson({ type, id, number, use, patients }: TouchedVersion): string {
  const version = number === '0' ? '' : `/_history/${number}`;
  // The phrase ends the detail before and begins that of a patient.
  const whose = patients.map((one) => `${versionPatient}${one}`).join('');
  return `${versionStart}${type}/${id}${version}${versionMiddle}${use}${whose}${versionEnd}`;
}
