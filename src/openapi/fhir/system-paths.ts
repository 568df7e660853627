import { ExplainAccessController } from '../../fhir/http/explain-access.controller.js';
import { FhirController } from '../../fhir/http/fhir.controller.js';
import { OpenDocumentsController } from '../../fhir/http/documents/open-documents.controller.js';
import { explainAccessDeclaration } from '../../fhir/operations/caller/explain-access.js';
import { compartmentMembers, compartmentOwners } from '../../r4/model/compartments.js';
import { pathsOf } from '../described-controller.js';
import { type Operation, type Paths, json, ref } from '../document.js';
import { anyToken, open } from '../security.js';
import { fhirContent, refusals, shared } from './shared.js';

const reading = shared('_format', '_pretty', '_summary', '_elements', 'X-Purpose-Of-Use');
const past = [...shared('_since', '_at', '_count', '_sort-history'), ...reading];
const bundle = (...codes: readonly string[]): Operation['responses'] => ({
  '200': ref('responses', 'Bundle'),
  ...refusals(...codes),
});

const tag = 'System';

/** Whole-system routes, compartments, and open documents below the FHIR base. */
export const systemPaths = (base: string, types: readonly string[]): Paths => {
  const { compartment, ...others } = splitCompartments(fhirPaths(base), base);
  return { ...others.rest, ...compartmentPaths(base, types, compartment), ...openPaths(base) };
};

const byForm = {
  requestBody: ref('requestBodies', 'SearchForm'),
  parameters: reading,
  security: anyToken,
} as const;

const refusing = { undescribed: 'it refuses what no other route takes' } as const;
const elsewhere = { undescribed: 'operations are made from their declarations' } as const;

const fhirPaths = (base: string): Paths =>
  pathsOf(
    FhirController,
    { prefix: base, tag },
    {
      bundle: {
        summary: 'Batch or transaction',
        description: 'Each entry is decided about as if it was sent alone. In a transaction all are done, or none.',
        requestBody: ref('requestBodies', 'Bundle'),
        parameters: shared('Idempotency-Key', 'Prefer', 'X-Purpose-Of-Use', '_format', '_pretty'),
        responses: bundle('404', '409', '412', '413', '415', '422'),
        security: anyToken,
      },
      operation: elsewhere,
      history: {
        summary: 'Versions of all resources',
        description: 'Needs a search scope on some type; types without one are left out.',
        parameters: past,
        responses: bundle(),
        security: anyToken,
      },
      search: {
        summary: 'Search several types',
        description: 'Needs a search scope on the types that _type names; without it on some type.',
        parameters: [...shared('_type', '_count', '_sort', '_total', '_has'), ...reading],
        responses: bundle(),
        security: anyToken,
      },
      searchByForm: { summary: 'Search several types by a form', ...byForm, responses: bundle('415') },
      searchCompartment: {
        summary: 'Search a compartment',
        parameters: [...shared('_count', '_sort', '_total', '_has', '_include', '_revinclude'), ...reading],
        responses: bundle('404'),
        security: anyToken,
      },
      searchCompartmentByForm: {
        summary: 'Search a compartment by a form',
        ...byForm,
        responses: bundle('404', '415'),
      },
      rest: refusing,
    },
  );

/** The routes of compartments stand for those of each type that has them. */
function splitCompartments(paths: Paths, base: string): { readonly compartment: Paths; readonly rest: Paths } {
  const isOf = (path: string, owner: string): boolean => path.startsWith(`${base}/${owner}/`);
  const entries = Object.entries(paths).filter(([path]) => !isOf(path, 'Patient'));
  return {
    compartment: Object.fromEntries(entries.filter(([path]) => isOf(path, '{type}'))),
    rest: Object.fromEntries(entries.filter(([path]) => !isOf(path, '{type}'))),
  };
}

function compartmentPaths(base: string, types: readonly string[], compartment: Paths): Paths {
  const made: Record<string, Paths[string]> = {};
  for (const owner of compartmentOwners.filter((one) => types.includes(one))) {
    const member = {
      name: 'member',
      in: 'path',
      required: true,
      description: 'Type to search; * for every type.',
      schema: { type: 'string', enum: ['*', ...compartmentMembers(owner)] },
    } as const;
    for (const [path, item] of Object.entries(compartment)) {
      const ofOwner = Object.entries(item).map(([method, operation]) => {
        const parameters = (operation.parameters ?? []).filter((one) => !('in' in one && one.in === 'path'));
        const name = method === 'get' ? 'searchCompartmentOf' : 'searchByFormCompartmentOf';
        return [
          method,
          {
            ...operation,
            operationId: name + owner,
            tags: [owner],
            description: `Needs a search scope on the types that are asked for. https://hl7.org/fhir/R4/compartmentdefinition-${owner.toLowerCase()}.html`,
            parameters: [...shared('id'), member, ...parameters],
          },
        ];
      });
      made[path.replace(`${base}/{type}/`, `${base}/${owner}/`)] = Object.fromEntries(ofOwner) as Paths[string];
    }
  }
  return made;
}

const document = (description: string, type: string): Operation['responses'] => ({
  '200': { description, content: fhirContent(ref('schemas', type)) },
  default: ref('responses', 'Outcome'),
});

const openPaths = (base: string): Paths => ({
  ...pathsOf(
    OpenDocumentsController,
    { prefix: base, tag: 'Documents' },
    {
      metadata: {
        summary: 'CapabilityStatement',
        parameters: shared('_format', '_pretty'),
        responses: document('What this server offers as FHIR.', 'CapabilityStatement'),
        security: open,
      },
      operationDefinition: {
        summary: 'OperationDefinition of an operation',
        parameters: shared('_format', '_pretty'),
        responses: document('What the operation takes and answers.', 'OperationDefinition'),
        security: open,
      },
      denialReasons: {
        summary: 'CodeSystem of the reasons for refusals',
        parameters: shared('_format', '_pretty'),
        responses: document('Each reason with its meaning and cure.', 'CodeSystem'),
        security: open,
      },
      smartConfiguration: {
        summary: 'SMART configuration',
        description: 'SMART App Launch 2.2, "Conformance".',
        responses: { '200': { description: 'Endpoints, scopes and capabilities.', content: json({ type: 'object' }) } },
        security: open,
      },
    },
  ),
  ...explaining(base),
});

/** It is open for every method, and takes POST. */
function explaining(base: string): Paths {
  const [[path, item] = ['', {}]] = Object.entries(
    pathsOf(
      ExplainAccessController,
      { prefix: base, tag: 'Operations' },
      {
        explain: {
          summary: 'Explain what a token permits',
          description: explainAccessDeclaration.documentation,
          requestBody: {
            required: true,
            content: {
              'application/x-www-form-urlencoded': {
                schema: {
                  type: 'object',
                  properties: Object.fromEntries(
                    explainAccessDeclaration.parameters.map(({ name, documentation }) => [
                      name,
                      { type: 'string', description: documentation },
                    ]),
                  ),
                },
              },
              ...fhirContent(ref('schemas', 'Parameters')),
            },
          },
          responses: {
            '200': {
              description: 'Each step of the decision.',
              content: {
                ...fhirContent(ref('schemas', 'Parameters')),
                'text/plain': { schema: { type: 'string' } },
              },
            },
            '429': ref('responses', 'TooMany'),
            default: ref('responses', 'Outcome'),
          },
          security: open,
        },
      },
    ),
  );
  return { [path]: { post: { ...item.get!, operationId: 'explainAccess' } } };
}
