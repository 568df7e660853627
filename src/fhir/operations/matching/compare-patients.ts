import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
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

/** Compares a patient with the one who is described. */
export type PatientComparison = (stored: JsonObject) => Comparison;

/** An element that is compared: what a patient has of it, how that is written for comparing, and what agreement counts. */
interface Compared {
  readonly name: string;
  readonly weight: number;
  readonly valuesOf: (patient: JsonObject) => readonly string[];
  readonly written?: (value: string) => string;
}

const probable = 0.8;
const possible = 0.5;
/** Weight of what both have, below which an agreement proves nothing. */
const enough = 0.45;
/** Values of one element, and characters of one value: each is searched for, and compared with those of each candidate. */
const most = { values: 100, characters: 1000 } as const;

const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');

const texts = (value: JsonObject[string]): readonly string[] =>
  Array.isArray(value) ? value.map((one) => textOf(one)) : [];
const names = (patient: JsonObject) => objectsOf(patient['name']);

export const identifiersOf = (patient: JsonObject): readonly string[] =>
  objectsOf(patient['identifier'])
    .filter((one) => textOf(one['value']) !== '' && textOf(one['system']) !== '')
    .map((one) => `${textOf(one['system'])}|${textOf(one['value'])}`);

const compared: readonly Compared[] = [
  { name: 'identifier', weight: 0.5, valuesOf: identifiersOf },
  {
    name: 'family name',
    weight: 0.2,
    valuesOf: (one) => names(one).map(({ family }) => textOf(family)),
    written: plain,
  },
  {
    name: 'given name',
    weight: 0.15,
    valuesOf: (one) => names(one).flatMap(({ given }) => texts(given)),
    written: plain,
  },
  { name: 'birth date', weight: 0.25, valuesOf: ({ birthDate }) => [textOf(birthDate)] },
  { name: 'gender', weight: 0.05, valuesOf: ({ gender }) => [textOf(gender)] },
  {
    name: 'telecom',
    weight: 0.1,
    valuesOf: (one) => objectsOf(one['telecom']).map(({ value }) => textOf(value)),
    written: plain,
  },
  {
    name: 'postal code',
    weight: 0.05,
    valuesOf: (one) => objectsOf(one['address']).map(({ postalCode }) => textOf(postalCode)),
  },
];

/**
 * Compares patients with the one who is asked for, by rules that do not change from call to call. Another identifier of the same system, or no
 * common one, is no difference: people have several. Certain is a common identifier with nothing against it. Throws 400 for a patient with more
 * values than are compared; of stored patients, the first ones are.
 */
export function comparisonWith(asked: JsonObject): PatientComparison {
  const ours = compared.map((element) => valuesIn(element, askedOf(element, asked)));
  return (stored) => {
    const agrees: string[] = [];
    const differs: string[] = [];
    let [known, agreed] = [0, 0];
    for (const [i, element] of compared.entries()) {
      const { name, weight } = element;
      if (ours[i]!.size === 0) continue;
      const theirs = valuesIn(element, storedOf(element, stored));
      if (theirs.size === 0) continue;
      const isEqual = [...ours[i]!].some((one) => theirs.has(one));
      if (!isEqual && name === 'identifier') continue;
      known += weight;
      if (isEqual) agreed += weight;
      (isEqual ? agrees : differs).push(name);
    }
    const score = known === 0 ? 0 : Math.round((agreed / Math.max(known, enough)) * 100) / 100;
    return { grade: gradeOf(score, agrees, differs), score, agrees, differs };
  };
}

const valuesIn = ({ written = (value) => value }: Compared, values: readonly string[]): ReadonlySet<string> =>
  new Set(values.map(written).filter((value) => value !== ''));

function askedOf({ name, valuesOf }: Compared, patient: JsonObject): readonly string[] {
  const values = valuesOf(patient);
  const isLong = values.some(({ length }) => length > most.characters);
  if (values.length <= most.values && !isLong) return values;
  const fact = isLong ? `a ${name} of more than ${most.characters} characters` : `${values.length} values of ${name}`;
  const diagnostics = `The Patient has ${fact}; $match takes ${most.values} values of each element, of ${most.characters} characters each. Send those that say who it is.`;
  throw new InvalidRequest({ code: 'too-costly', diagnostics });
}

/** A longer value is none that may be asked for. */
const storedOf = ({ valuesOf }: Compared, patient: JsonObject): readonly string[] =>
  valuesOf(patient)
    .filter(({ length }) => length <= most.characters)
    .slice(0, 10 * most.values);

function gradeOf(score: number, agrees: readonly string[], differs: readonly string[]): MatchGrade {
  const contradicts = ['family name', 'birth date'].some((name) => differs.includes(name));
  if (agrees.includes('identifier') && !contradicts) return 'certain';
  if (score >= probable && !contradicts) return 'probable';
  return score >= possible ? 'possible' : 'certainly-not';
}
