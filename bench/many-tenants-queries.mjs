// @ts-check
import { codes, loinc, patientId, patientOf, patientsOf, patientsOfPlace } from './search-records.mjs';

/** Tenants that are asked, evenly among all. */
const mostAsked = 200;
const common = `${loinc}|${codes[0]}`;

/** The hospital and the patient that the n-th request is about, and its page. @typedef {{ place: number, id: string, number: number, family: string, given: string, birthDate: string }} Subject */
/** `isPaged`: about no subject, so that each request asks for another page. @typedef {{ what: string, path: (subject: Subject) => string, isPaged?: true }} Query */

/** The subjects of a population of so many resources, each of another hospital. @param {number} count @returns {Subject[]} */
export function subjectsOf(count) {
  const patients = patientsOf(count);
  const places = Math.floor(patients / patientsOfPlace);
  const asked = Math.min(mostAsked, places);
  return Array.from({ length: asked }, (_, n) => {
    const place = Math.floor((n * places) / asked);
    const number = place * patientsOfPlace + ((n * 7) % patientsOfPlace);
    const { birthDate, name } = patientOf(number, patients);
    const { family, given } = name[0];
    return { place, id: patientId(number), number, family, given: given[0], birthDate };
  });
}

/** Searches whose pages are as large among the 1,000 resources of a hospital as among those of all. @type {readonly Query[]} */
export const queries = [
  { what: 'read by id', path: ({ id }) => `Patient/${id}` },
  {
    what: 'family + birth date',
    path: ({ family, birthDate }) => `Patient?family=${family}&birthdate=${birthDate}`,
  },
  {
    what: 'identifier',
    path: ({ number }) => `Patient?identifier=https://example.org/patients|bench-${number}`,
  },
  { what: 'patient + code', path: ({ id }) => `Observation?patient=${id}&code=${common}` },
  { what: "a patient's newest", path: ({ id }) => `Observation?patient=${id}&_sort=-date&_count=10` },
  { what: 'code', path: () => `Observation?code=${common}&_count=10`, isPaged: true },
  { what: 'code, newest first', path: () => `Observation?code=${common}&_sort=-date&_count=10`, isPaged: true },
  {
    what: 'code + date range, newest first',
    path: () => `Observation?code=${common}&date=ge2004&date=lt2014&_sort=-date&_count=10`,
    isPaged: true,
  },
  { what: 'last updated', path: () => 'Observation?_sort=-_lastUpdated&_count=10', isPaged: true },
  { what: 'status + category', path: () => 'Observation?status=final&category=vital-signs&_count=10', isPaged: true },
  {
    what: 'practitioner',
    path: ({ place }) => `Patient?general-practitioner=Practitioner/practitioner-${place}&_count=10`,
  },
  {
    what: 'chain to one patient',
    path: ({ number }) => `Observation?patient.identifier=https://example.org/patients|bench-${number}&_count=10`,
  },
  { what: 'chain that half satisfy', path: () => 'Observation?patient.gender=female&_count=10', isPaged: true },
  { what: '_has, common', path: () => `Patient?_has:Observation:patient:code=${common}&_count=10`, isPaged: true },
  { what: '_include', path: ({ id }) => `Observation?patient=${id}&_include=Observation:subject&_count=10` },
  { what: '_revinclude', path: ({ id }) => `Patient?_id=${id}&_revinclude=Observation:patient` },
  {
    what: 'name :contains',
    path: ({ family, given }) => `Patient?family:contains=${family.slice(1)}&given=${given}&_count=1`,
  },
  { what: 'words, rare', path: ({ number }) => `Patient?_text=${number}` },
  { what: 'words, common', path: () => 'Observation?_content=measurement&_count=10', isPaged: true },
];
