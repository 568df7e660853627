import type { JsonObject } from '../r4/json/json.js';
import { reasons } from './reasons.js';

export const denialReasonSystem = (fhirBase: string): string => `${fhirBase}/CodeSystem/denial-reason`;

/** The vocabulary of refusals as a CodeSystem (https://hl7.org/fhir/R4/codesystem.html), served openly. */
export function denialCodeSystem(fhirBase: string): JsonObject {
  const concepts = Object.entries(reasons);
  return {
    resourceType: 'CodeSystem',
    id: 'denial-reason',
    url: denialReasonSystem(fhirBase),
    name: 'DenialReason',
    title: 'Reasons for refused requests',
    status: 'active',
    experimental: false,
    description:
      'Why this server refuses a request. The codes stand in OperationOutcome.issue.details and never change their meaning.',
    caseSensitive: true,
    content: 'complete',
    count: concepts.length,
    property: [{ code: 'status', description: 'HTTP status of the answer.', type: 'integer' }],
    concept: concepts.map(([code, { title, meaning, cure, status }]) => ({
      code,
      display: title,
      definition: `${meaning} ${cure}`,
      property: [{ code: 'status', valueInteger: status }],
    })),
  };
}
