import type { OperationDeclaration } from '../declaration/operation-declaration.js';

const definitions = 'http://hl7.org/fhir/uv/bulkdata/OperationDefinition';

/** https://hl7.org/fhir/uv/bulkdata/export.html */
export const exportDeclaration = {
  code: 'export',
  level: ['system', 'type', 'instance'],
  types: ['Patient', 'Group'],
  typesAt: { type: ['Patient'], instance: ['Group'] },
  affectsState: false,
  async: true,
  access: [
    { permission: 's', ofMachines: true },
    { permission: 'r', ofMachines: true },
  ],
  also: 'any',
  parameters: [
    { name: '_outputFormat', type: 'string', documentation: 'application/fhir+ndjson, which is the default.' },
    {
      name: '_since',
      type: 'instant',
      documentation: 'Resources that changed after this instant, and what was deleted.',
    },
    { name: '_until', type: 'instant', documentation: 'Resources that changed before this instant.' },
    {
      name: '_type',
      type: 'string',
      max: '*',
      documentation: 'Types, with commas between; all that may be, by default.',
    },
    { name: '_elements', type: 'string', max: '*', documentation: 'Elements, such as id and Patient.name.' },
    {
      name: '_typeFilter',
      type: 'string',
      max: '*',
      documentation: 'Searches, such as Observation?status=final; any of them.',
    },
    {
      name: 'patient',
      type: 'Reference',
      max: '*',
      documentation: 'Patients whose records are exported; by POST only.',
    },
    {
      name: 'includeAssociatedData',
      type: 'string',
      max: '*',
      documentation: 'LatestProvenanceResources or RelevantProvenanceResources.',
    },
    {
      name: 'organizeOutputBy',
      type: 'string',
      documentation: 'Patient: files have a block of each patient, in place of one type.',
    },
    {
      name: 'allowPartialManifests',
      type: 'boolean',
      documentation: 'While it goes on, the 202 has a manifest of the files that are there.',
    },
  ],
  returns: [
    { name: 'return', type: 'Resource', min: 1, documentation: 'A manifest in JSON, which lists files of NDJSON.' },
  ],
  definition: {
    system: `${definitions}/export`,
    type: `${definitions}/patient-export`,
    instance: `${definitions}/group-export`,
  },
  documentation:
    'Hands out all resources within reach, those of the records of patients, or of the members of a Group, as files of NDJSON. ' +
    'Send Prefer: respond-async; Content-Location of the 202 tells how far it is, and then where the files are.',
} as const satisfies OperationDeclaration;
