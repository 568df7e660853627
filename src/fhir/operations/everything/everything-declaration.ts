import type { OperationDeclaration } from '../declaration/operation-declaration.js';

const definitions = 'http://hl7.org/fhir/OperationDefinition';

/** https://hl7.org/fhir/R4/patient-operation-everything.html, and the same of an Encounter, an EpisodeOfCare and a Group. */
export const everythingDeclaration = {
  code: 'everything',
  level: ['type', 'instance'],
  types: ['Patient', 'Encounter', 'EpisodeOfCare', 'Group'],
  typesAt: { type: ['Patient'] },
  affectsState: false,
  access: [{ permission: 'r' }, { permission: 's' }],
  also: 'any',
  parameters: [
    { name: 'start', type: 'date', documentation: 'Care on that day or later; what has no date is there as well.' },
    { name: 'end', type: 'date', documentation: 'Care on that day or earlier; what has no date is there as well.' },
    { name: '_since', type: 'instant', documentation: 'Resources that changed after this instant.' },
    {
      name: '_type',
      type: 'code',
      max: '*',
      documentation: 'Types, with commas between; all that may be, apart from AuditEvent, by default.',
    },
    { name: '_count', type: 'integer', documentation: 'Matches of a page.' },
    { name: '_cursor', type: 'string', documentation: 'The place of a page, as the links of pages have it.' },
  ],
  returns: [
    { name: 'return', type: 'Bundle', min: 1, documentation: 'A searchset, with a next link where more follows.' },
  ],
  definition: {
    Encounter: `${definitions}/Encounter-everything`,
    Group: `${definitions}/Group-everything`,
    Patient: `${definitions}/Patient-everything`,
  },
  documentation:
    'All resources in the record of a patient, of an encounter, of an episode of care, or of the members of a group, page by page, ' +
    'with the practitioners, places and the like that they refer to, and the Provenances about them. On the type Patient: ' +
    'the record that the token is limited to.',
} as const satisfies OperationDeclaration;
