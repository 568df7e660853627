// @ts-check
// Records as Synthea makes them, multiplied: each patient has new ids, names and dates. The same seed makes the same data.
import { anEncounter, anObservation, aVisitCondition } from './clinical-records.mjs';
import { aPatient } from './patients.mjs';

/** @typedef {import('./clinical-records.mjs').Resource & { id: string }} StoredResource */

const observationsOfPatient = 16;
/** One Patient, two Encounters, one Condition and the Observations. */
export const recordSize = 4 + observationsOfPatient;
export const patientsOfPlace = 50;
/** A hospital with its parent and its practitioner, and the records of its patients: nothing in it refers to another place. */
export const placeSize = 3 + patientsOfPlace * recordSize;
/** So many patients and Observations have what is rare, however many there are. */
export const rareCount = 10;

export const loinc = 'http://loinc.org';
/** A quarter of the Observations has the first one, each other one a part of the rest. */
export const codes = ['8302-2', ...Array.from({ length: 39 }, (_, n) => `${29_000 + n}-${n % 10}`)];
export const rareCode = '99999-9';
export const rareName = 'Ypsilanti';
export const rareParent = 'Quartz Holding';

/** Numbers in [0, 1) that the seed decides: mulberry32. @param {number} seed */
function randomNumbers(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @typedef {() => number} Random */

const syllables = [
  'ba',
  'cor',
  'den',
  'fil',
  'gar',
  'hol',
  'jan',
  'kel',
  'lom',
  'mar',
  'nor',
  'pel',
  'ros',
  'tur',
  'win',
];

/** @template T @param {Random} random @param {readonly T[]} list */
const oneOf = (random, list) => /** @type {T} */ (list[Math.floor(random() * list.length)]);

/** @param {Random} random @param {number} length */
function aName(random, length) {
  const text = Array.from({ length }, () => oneOf(random, syllables)).join('');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** @param {Random} random */
function anId(random) {
  const digits = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** @param {Random} random @param {number} first year @param {number} years */
function aTime(random, first, years) {
  const start = Date.UTC(first, 0, 1);
  return new Date(start + Math.floor(random() * years * 365.25 * 86_400) * 1000)
    .toISOString()
    .replace('.000Z', '+00:00');
}

/** The id of the n-th patient. @param {number} n */
export const patientId = (n) => anId(randomNumbers(n * 2 + 1));

/** Shared resources of a hospital's patients: its organization and its parent, a practitioner. @param {number} place @returns {StoredResource[]} */
function aPlace(place) {
  const random = randomNumbers(-1 - place);
  const parent = place === 0 ? rareParent : `${aName(random, 3)} Group`;
  return [
    { resourceType: 'Organization', id: `parent-${place}`, active: true, name: parent },
    {
      resourceType: 'Organization',
      id: `hospital-${place}`,
      active: true,
      name: `${aName(random, 2)} Hospital`,
      partOf: { reference: `Organization/parent-${place}` },
    },
    {
      resourceType: 'Practitioner',
      id: `practitioner-${place}`,
      active: true,
      name: [{ family: aName(random, 3), given: [aName(random, 2)] }],
    },
  ];
}

/** The record of the n-th of `patients`. @param {number} n @param {number} patients @returns {StoredResource[]} */
function aRecord(n, patients) {
  const random = randomNumbers(n * 2 + 1);
  const id = anId(random);
  const isRare = n % Math.floor(patients / rareCount) === 0 && n < rareCount * Math.floor(patients / rareCount);
  const place = Math.floor(n / patientsOfPlace);
  const encounters = [anId(random), anId(random)];
  const link = (/** @type {string} */ type, /** @type {number} */ one) =>
    ({
      Patient: `Patient/${id}`,
      Encounter: `Encounter/${encounters[(one / 10) % 2]}`,
      Practitioner: `Practitioner/practitioner-${place}`,
      Organization: `Organization/hospital-${place}`,
    })[type] ?? `${type}/${one}`;
  const start = () => aTime(random, 2000, 20);
  const observations = Array.from({ length: observationsOfPatient }, (_, one) => {
    const code = isRare && one === 0 ? rareCode : random() < 0.25 ? codes[0] : oneOf(random, codes.slice(1));
    const time = start();
    return {
      ...anObservation(one < 8 ? 0 : 10, link),
      id: anId(random),
      code: { coding: [{ system: loinc, code, display: `Measurement ${code}` }], text: `Measurement ${code}` },
      effectiveDateTime: time,
      issued: time,
      valueQuantity: {
        value: Math.round(random() * 2000) / 10,
        unit: 'kg',
        system: 'http://unitsofmeasure.org',
        code: 'kg',
      },
    };
  });
  const family = isRare ? rareName : aName(random, 3);
  return [
    {
      ...aPatient(n),
      id,
      name: [{ use: 'official', family, given: [aName(random, 2), aName(random, 1)] }],
      birthDate: aTime(random, 1930, 80).slice(0, 10),
      generalPractitioner: [{ reference: link('Practitioner', 0) }],
    },
    ...encounters.map((one, i) => {
      const time = start();
      return { ...anEncounter(i * 10, link), id: one, period: { start: time, end: time } };
    }),
    { ...aVisitCondition(0, link), id: anId(random), onsetDateTime: start(), recordedDate: start() },
    ...observations,
  ];
}

/** The n-th Patient of so many. @param {number} n @param {number} patients */
export const patientOf = (n, patients) => /** @type {any} */ (aRecord(n, patients)[0]);

/** So many resources, and those of the places. @param {number} count @returns {Generator<StoredResource>} */
export function* aPopulation(count) {
  const patients = patientsOf(count);
  for (let n = 0; n < patients; n++) {
    if (n % patientsOfPlace === 0) yield* aPlace(n / patientsOfPlace);
    yield* aRecord(n, patients);
  }
}

/** @param {number} count */
export const patientsOf = (count) => Math.floor(count / recordSize);
