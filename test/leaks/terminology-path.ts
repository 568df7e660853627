import type { Path } from './path.js';

const confidentiality = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';

const queries = [
  '_security:in=http://terminology.hl7.org/ValueSet/v3-Confidentiality',
  '_security:not-in=http://terminology.hl7.org/ValueSet/v3-Confidentiality',
  '_tag:not-in=http://hl7.org/fhir/ValueSet/administrative-gender',
  `_security:below=${confidentiality}|_Confidentiality`,
  `_security:above=${confidentiality}|R`,
];

/** Criteria that codes take the place of; who may read the terminology itself has tests of its own. */
export const searchByTerminology: Path = {
  name: 'search by value sets and hierarchies of codes',
  covers: [],
  alike: true,
  async byId(session, id) {
    const { type } = session.limit;
    for (const query of queries) await session.get(`${type}?${query}&_id=${id}`);
    await session.get(`${type}?_tag:in=ValueSet/${id}`);
  },
  async whole(session) {
    const { type } = session.limit;
    for (const query of queries) await session.get(`${type}?${query}&_total=accurate`);
  },
};
