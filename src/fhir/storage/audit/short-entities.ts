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
import { shortened } from './phrases.js';

/** Stands for what is an entity's own. */
const own = '?';

/** What stands around in the short form. */
const around = (entity: JsonObject): readonly string[] => shortened(JSON.stringify(entity)).split(own);

const [patientStart, patientEnd] = around(patientEntity(own));
const [queryStart, queryEnd] = around(queryEntity(own));
const [requestStart, requestEnd] = around(requestEntity(own));
const ofPatient = around(versionEntity(`Patient/${own}/_history/${own}`, own, [own]));
const ofOthers = around(versionEntity(`${own}/_history/${own}`, own, [own]));

const plain = /^[ !#-[\]-~]*$/;
const plainId = /^[A-Za-z0-9\-.]{1,64}$/;
const plainJson = /^[ -[\]-~]*$/;

/**
 * The JSON of entities in the short form, put together of what is their own, without the JSON; undefined where the database could not
 * make it: where a text is not ASCII, or JSON escapes it, or an id is none of R4.
 */
export function shortEntities({ patients, versions, object, query, requestId }: EntityFacts): string | undefined {
  const acted = object && JSON.stringify(objectEntity(object));
  const isPlain = patients.every(isPlainId) && versions.every(isPlainVersion) && plain.test(requestId ?? '');
  if (!isPlain || !plainJson.test(acted ?? '')) return undefined;
  const entities = [
    ...patients.map((id) => `${patientStart}${id}${patientEnd}`),
    ...versions.map(shortVersion),
    ...ifAny(acted, shortened),
    ...ifAny(query, (text) => `${queryStart}${text}${queryEnd}`),
    ...ifAny(requestId, (text) => `${requestStart}${text}${requestEnd}`),
  ];
  return `[${entities.join()}]`;
}

const ifAny = (text: string | undefined, make: (text: string) => string): readonly string[] =>
  text === undefined ? [] : [make(text)];

const isPlainId = (text: string): boolean => plainId.test(text);

const isPlainVersion = ({ type, id, number, patients }: TouchedVersion): boolean =>
  plainId.test(type) && plainId.test(id) && plainId.test(number) && patients.every(isPlainId);

function shortVersion({ type, id, number, use, patients }: TouchedVersion): string {
  const [start, history, middle, patient, end] = type === 'Patient' ? ofPatient : ofOthers;
  const reference = type === 'Patient' ? id : `${type}/${id}`;
  const version = number === '0' ? '' : `${history}${number}`;
  const whose = patients.map((one) => `${patient}${one}`).join('');
  return `${start}${reference}${version}${middle}${use}${whose}${end}`;
}
