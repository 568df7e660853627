import { objectsOf, textOf } from '../../../r4/json/items.js';
import type { JsonObject } from '../../../r4/json/json.js';

/** http://hl7.org/fhir/R4/valueset-match-grade.html */
export type MatchGrade = 'certain' | 'probable' | 'possible' | 'certainly-not';

/** How far two patients agree. */
export interface Comparison {
  readonly grade: MatchGrade;
  /** From 0 to 1: what agrees, of what both have. */
  readonly score: number;
  /** Elements that agree, and those that differ. */
  readonly agrees: readonly string[];
  readonly differs: readonly string[];
}

/** An element that is compared: what each side has of it, and what agreement counts. */
interface Compared {
  readonly name: string;
  readonly weight: number;
  readonly valuesOf: (patient: JsonObject) => readonly string[];
}

const probable = 0.8;
const possible = 0.5;
/** Weight of what both have, below which an agreement proves nothing. */
const enough = 0.45;

const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');

const present = (texts: readonly string[]): readonly string[] => texts.filter((text) => text !== '');
const texts = (value: JsonObject[string]): readonly string[] =>
  Array.isArray(value) ? value.map((one) => textOf(one)) : [];
const names = (patient: JsonObject) => objectsOf(patient['name']);

export const identifiersOf = (patient: JsonObject): readonly string[] =>
  objectsOf(patient['identifier'])
    .filter((one) => textOf(one['value']) !== '' && textOf(one['system']) !== '')
    .map((one) => `${textOf(one['system'])}|${textOf(one['value'])}`);

const compared: readonly Compared[] = [
  { name: 'identifier', weight: 0.5, valuesOf: identifiersOf },
  { name: 'family name', weight: 0.2, valuesOf: (one) => names(one).map(({ family }) => plain(textOf(family))) },
  { name: 'given name', weight: 0.15, valuesOf: (one) => names(one).flatMap(({ given }) => texts(given).map(plain)) },
  { name: 'birth date', weight: 0.25, valuesOf: ({ birthDate }) => [textOf(birthDate)] },
  { name: 'gender', weight: 0.05, valuesOf: ({ gender }) => [textOf(gender)] },
  {
    name: 'telecom',
    weight: 0.1,
    valuesOf: (one) => objectsOf(one['telecom']).map(({ value }) => plain(textOf(value))),
  },
  {
    name: 'postal code',
    weight: 0.05,
    valuesOf: (one) => objectsOf(one['address']).map(({ postalCode }) => plain(textOf(postalCode))),
  },
];

/**
 * Compares two patients by rules that do not change from call to call. Another identifier of the same system, or no common one, is no
 * difference: people have several. Certain is a common identifier with nothing against it.
 */
export function comparePatients(asked: JsonObject, stored: JsonObject): Comparison {
  const agrees: string[] = [];
  const differs: string[] = [];
  let [known, agreed] = [0, 0];
  for (const { name, weight, valuesOf } of compared) {
    const [ours, theirs] = [present(valuesOf(asked)), new Set(present(valuesOf(stored)))];
    if (ours.length === 0 || theirs.size === 0) continue;
    const isEqual = ours.some((one) => theirs.has(one));
    if (!isEqual && name === 'identifier') continue;
    known += weight;
    if (isEqual) agreed += weight;
    (isEqual ? agrees : differs).push(name);
  }
  const score = known === 0 ? 0 : Math.round((agreed / Math.max(known, enough)) * 100) / 100;
  return { grade: gradeOf(score, agrees, differs), score, agrees, differs };
}

function gradeOf(score: number, agrees: readonly string[], differs: readonly string[]): MatchGrade {
  const contradicts = ['family name', 'birth date'].some((name) => differs.includes(name));
  if (agrees.includes('identifier') && !contradicts) return 'certain';
  if (score >= probable && !contradicts) return 'probable';
  return score >= possible ? 'possible' : 'certainly-not';
}
