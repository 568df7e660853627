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

const asked = {
  'ValueSet/$expand': 'url=http://hl7.org/fhir/ValueSet/administrative-gender',
  'ValueSet/$validate-code':
    'url=http://hl7.org/fhir/ValueSet/administrative-gender&system=http://hl7.org/fhir/administrative-gender&code=male',
  'CodeSystem/$validate-code': `url=${confidentiality}&code=R`,
  'CodeSystem/$lookup': `system=${confidentiality}&code=R`,
  'CodeSystem/$subsumes': `system=${confidentiality}&codeA=_Confidentiality&codeB=R`,
  'ConceptMap/$translate': 'url=http://hl7.org/fhir/ConceptMap/cm-administrative-gender-v2&code=male',
  'StructureDefinition/$snapshot': 'url=http://hl7.org/fhir/StructureDefinition/bp',
};

const named = { name: 'name', valueString: 'leaks' };
/** The version of a closure table differs by chance once it has concepts: it is emptied again. */
const closureCalls = [
  [named],
  [named, { name: 'concept', valueCoding: { system: confidentiality, code: 'nothing' } }],
  [named, { name: 'version', valueString: '0' }],
];

/** Questions about codes; terminology that is hidden itself has tests of its own. */
export const questionsAboutCodes: Path = {
  name: 'questions about codes',
  covers: ['$expand', '$validate-code', '$lookup', '$subsumes', '$translate', '$snapshot', '$closure'],
  alike: true,
  async byId(session, id) {
    for (const [operation, query] of Object.entries(asked)) {
      const [type = '', code = ''] = operation.split('/');
      await session.get(`${type}/${id}/${code}?${query}`);
      await session.get(`${operation}?${query.replace(/^(url|system)=[^&]*/, `$1=${session.limit.type}/${id}`)}`);
    }
  },
  async whole(session) {
    for (const [operation, query] of Object.entries(asked)) await session.get(`${operation}?${query}`);
    for (const more of closureCalls) await session.post('$closure', { resourceType: 'Parameters', parameter: more });
  },
};
