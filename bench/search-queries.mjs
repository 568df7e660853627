// @ts-check
import { codes, loinc, patientId, patientsOf, rareCode, rareName, rareParent } from './search-records.mjs';

/**
 * `path` below the base for the n-th request. `same`: as many results however much is stored, so that the time must not grow
 * beyond the floor. `statements` of a page.
 * @typedef {{ what: string, path: (n: number) => string, same?: boolean, statements?: number, connections?: number, most?: number }} Query
 */

const common = `${loinc}|${codes[0]}`;
/** Found with some patients of the population. @param {number} n */
const lessCommon = (n) => `${loinc}|${codes[1 + (n % 39)]}`;

/** The queries for a population of so many. @param {number} count @returns {Query[]} */
export function searchQueries(count) {
  const patients = patientsOf(count);
  const ids = Array.from({ length: 200 }, (_, n) => patientId(Math.floor((n * patients) / 200)));
  const id = (/** @type {number} */ n) => ids[n % ids.length] ?? '';
  const numberOf = (/** @type {number} */ n) => Math.floor(((n % 200) * patients) / 200);
  const population = { id, numberOf };
  return [...pages(population), ...links(population), ...values(population)];
}

/** The n-th of some patients: the id, and the number. @typedef {{ id: (n: number) => string, numberOf: (n: number) => number }} Population */
const page = '_count=20';

/** Rows and orders of one type. @param {Population} population @returns {Query[]} */
const pages = ({ id, numberOf }) => [
  { what: 'read by id', path: (n) => `Patient/${id(n)}`, same: true, statements: 1 },
  { what: 'patient + code', path: (n) => `Observation?patient=${id(n)}&code=${common}`, same: true },
  {
    what: 'identifier',
    path: (n) => `Patient?identifier=https://example.org/patients|bench-${numberOf(n)}`,
    same: true,
  },
  { what: 'rare token', path: () => `Observation?code=${loinc}|${rareCode}`, same: true },
  { what: 'common token', path: (n) => `Observation?code=${n % 2 ? common : lessCommon(n)}&${page}`, same: true },
  { what: "a patient's newest", path: (n) => `Observation?patient=${id(n)}&_sort=-date&${page}`, same: true },
  { what: "a patient's dates", path: (n) => `Observation?patient=${id(n)}&date=ge2005&date=lt2015`, same: true },
  {
    what: 'code + date range, newest first',
    path: (n) => `Observation?code=${lessCommon(n)}&date=ge2010&date=lt2011&_sort=-date&${page}`,
    same: true,
  },
  { what: 'code, newest first', path: (n) => `Observation?code=${lessCommon(n)}&_sort=-date&${page}`, same: true },
  {
    what: 'two codes, newest first',
    path: (n) => `Observation?code=${lessCommon(n)},${lessCommon(n + 1)}&_sort=-date&${page}`,
    same: true,
  },
  {
    what: 'date range, newest first',
    path: (n) => `Observation?date=ge${2001 + (n % 18)}&date=lt${2002 + (n % 18)}&_sort=-date&${page}`,
    same: true,
  },
  { what: 'newest of all', path: () => `Observation?_sort=-date&${page}`, same: true },
  { what: 'oldest of all', path: () => `Observation?_sort=date&${page}`, same: true },
  { what: 'last updated', path: () => `Observation?_sort=-_lastUpdated&${page}`, same: true },
  { what: 'name prefix', path: () => `Patient?name=${rareName.slice(0, 6)}`, same: true },
  { what: 'name :contains', path: () => `Patient?name:contains=${rareName.slice(2, 8).toLowerCase()}`, same: true },
  { what: 'sorted by name', path: () => `Patient?_sort=name&${page}`, same: true },
];

/** Chains and includes. @param {Population} population @returns {Query[]} */
const links = ({ id, numberOf }) => [
  {
    what: 'chain to one patient',
    path: (n) => `Observation?patient.identifier=https://example.org/patients|bench-${numberOf(n)}&${page}`,
    same: true,
  },
  { what: 'chain that each patient satisfies', path: () => `Observation?patient.active=true&${page}`, same: true },
  { what: 'chain that half of them satisfy', path: () => `Observation?patient.gender=female&${page}`, same: true },
  {
    what: 'chain of three levels',
    path: () => `Observation?encounter.service-provider.partof.name=${rareParent}&${page}`,
    same: true,
  },
  { what: '_has, rare', path: () => `Patient?_has:Observation:patient:code=${loinc}|${rareCode}`, same: true },
  { what: '_has, common', path: () => `Patient?_has:Observation:patient:code=${common}&${page}`, same: true },
  {
    what: '_include of two',
    path: (n) => `Observation?patient=${id(n)}&_include=Observation:subject&_include=Observation:encounter&${page}`,
    same: true,
    statements: 2,
  },
  {
    what: '_revinclude',
    path: (n) => `Patient?_id=${id(n)}&_revinclude=Observation:patient`,
    same: true,
  },
  {
    what: '_include:iterate, three levels',
    path: (n) =>
      `Observation?patient=${id(n)}&_count=5&_include=Observation:encounter&_include:iterate=Encounter:service-provider&_include:iterate=Organization:partof`,
    same: true,
    statements: 4,
  },
  {
    what: '_revinclude=* of 1000',
    path: () => 'Patient?_count=1000&_revinclude=*',
    statements: 2,
    connections: 1,
    most: 3,
  },
  { what: '100 matches', path: () => `Observation?code=${common}&_count=100`, same: true },
  { what: '1000 matches', path: () => 'Observation?_count=1000', connections: 1, most: 10 },
];

/** Quantities, composites and counts. @param {Population} population @returns {Query[]} */
const values = ({ id }) => [
  {
    what: "a patient's quantities",
    path: (n) => `Observation?patient=${id(n)}&value-quantity=gt100||kg`,
    same: true,
  },
  {
    what: 'code + quantity',
    path: (n) => `Observation?code=${lessCommon(n)}&value-quantity=gt100||kg&${page}`,
    same: true,
  },
  {
    what: 'composite, rare code',
    path: () => `Observation?code-value-quantity=${loinc}|${rareCode}$gt0`,
    same: true,
  },
  {
    what: 'composite, common code',
    path: () => `Observation?code-value-quantity=${common}$gt100&${page}`,
    same: true,
  },
  {
    what: 'exact count, common code',
    path: () => `Observation?code=${common}&_summary=count`,
    connections: 1,
    most: 40,
  },
  {
    what: 'estimate, common code',
    path: () => `Observation?code=${common}&_total=estimate&${page}`,
    statements: 2,
    connections: 1,
    most: 40,
  },
];
