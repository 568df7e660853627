import type { OperationDeclaration } from '../declaration/operation-declaration.js';

/** The Parameters of Microsoft's `$import`, and of the Bulk Import proposal of SMART (https://github.com/smart-on-fhir/bulk-import). */
export const importDeclaration = {
  code: 'import',
  level: ['system'],
  affectsState: true,
  async: true,
  access: [{ permission: 'u', ofMachines: true }],
  also: 'any',
  parameters: [
    { name: 'inputFormat', type: 'string', documentation: 'application/fhir+ndjson, which is the default.' },
    { name: 'inputSource', type: 'uri', documentation: 'The server that the files come from, for the audit.' },
    { name: 'mode', type: 'string', documentation: 'IncrementalLoad, which is the default.' },
    {
      name: 'storageDetail',
      documentation: 'How the files are fetched.',
      part: [{ name: 'type', type: 'string', min: 1, documentation: 'https, which is the default.' }],
    },
    {
      name: 'input',
      max: '*',
      documentation: 'A file. There are none where the body is NDJSON itself.',
      part: [
        { name: 'type', type: 'string', documentation: 'Type of all its resources; any, unless said.' },
        { name: 'url', type: 'uri', min: 1, documentation: 'Its https address; a name that ends in .gz is unpacked.' },
        { name: 'etag', type: 'uri', documentation: 'Its ETag: another one is refused.' },
      ],
    },
  ],
  returns: [
    {
      name: 'return',
      type: 'Resource',
      min: 1,
      documentation: 'JSON with counts for each file, and the file of OperationOutcomes of what was not stored.',
    },
  ],
  documentation:
    'Stores the resources of files of NDJSON at their ids, each as an update by the caller would. Send Parameters with addresses, or NDJSON ' +
    '(Content-Type: application/fhir+ndjson), and Prefer: respond-async; Content-Location of the 202 tells how far it is.',
} as const satisfies OperationDeclaration;
