import type { DeclaredParameter } from '../parameters/declared-parameter.js';
import type { OperationDeclaration } from '../declaration/operation-declaration.js';

const definitions = 'http://hl7.org/fhir/uv/bulkdata/OperationDefinition';

/** Names one submission of a caller. */
const key = [
  { name: 'submitter', type: 'Identifier', min: 1, documentation: 'Who submits: an identifier with a value.' },
  { name: 'submissionId', type: 'string', min: 1, documentation: 'Name of the submission, unique for its submitter.' },
] as const satisfies readonly DeclaredParameter[];

/** https://hl7.org/fhir/uv/bulkdata/4.0.0-202609-ballot/en/OperationDefinition-bulk-submit.html */
export const bulkSubmitDeclaration = {
  code: 'bulk-submit',
  level: ['system'],
  affectsState: true,
  access: [{ permission: 'u', ofMachines: true }],
  also: 'any',
  parameters: [
    ...key,
    {
      name: 'submissionStatus',
      type: 'Coding',
      documentation:
        'in-progress, which is the default; completed begins the import; stopped ends the submission without one.',
    },
    { name: 'manifestUrl', type: 'url', documentation: 'The https address of a manifest of NDJSON files.' },
    {
      name: 'replacesManifestUrl',
      type: 'url',
      documentation: 'A manifest that was submitted before and does not count any more.',
    },
    {
      name: 'fhirBaseUrl',
      type: 'url',
      documentation: 'The server that the resources come from; goes with manifestUrl.',
    },
    { name: 'outputFormat', type: 'string', documentation: 'application/fhir+ndjson, which is the default.' },
    {
      name: 'fileRequestHeader',
      max: '*',
      documentation: 'A header that the manifest and its files are asked with.',
      part: [
        { name: 'headerName', type: 'string', min: 1, documentation: 'Its name.' },
        {
          name: 'headerValue',
          type: 'string',
          min: 1,
          documentation: 'Its value, which is forgotten after the import.',
        },
      ],
    },
    {
      name: 'metadata',
      max: '*',
      documentation: 'A fact about the manifest, for the audit.',
      part: [
        { name: 'parameterUrl', type: 'uri', min: 1, documentation: 'Its name, an absolute URL.' },
        { name: 'parameterValue', type: 'string', min: 1, documentation: 'Its value.' },
      ],
    },
  ],
  returns: [{ name: 'return', type: 'OperationOutcome', min: 1, documentation: 'What was understood.' }],
  definition: `${definitions}/bulk-submit`,
  documentation:
    'Submits manifests of NDJSON files, one a call. Once the submission is completed, their resources are stored as $import stores them. ' +
    '$bulk-submit-status tells what became of them.',
} as const satisfies OperationDeclaration;

/** https://hl7.org/fhir/uv/bulkdata/4.0.0-202609-ballot/en/OperationDefinition-bulk-submit-status.html */
export const bulkSubmitStatusDeclaration = {
  code: 'bulk-submit-status',
  level: ['system'],
  affectsState: false,
  access: [{ permission: 'u', ofMachines: true }],
  also: 'any',
  parameters: [
    ...key,
    { name: '_outputFormat', type: 'string', documentation: 'application/fhir+ndjson, which is the default.' },
  ],
  returns: [{ name: 'return', type: 'OperationOutcome', min: 1, documentation: 'Says where to ask.' }],
  definition: `${definitions}/bulk-submit-status`,
  documentation:
    'Answers 202; its Content-Location tells how far a submission of the caller is, and then has the manifest of what could not be stored.',
} as const satisfies OperationDeclaration;
