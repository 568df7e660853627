import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../r4/json/json.js';
import { hasErrors, validateResource } from '../../../r4/validation/validate-resource.js';
import { explainAccessDeclaration } from '../caller/explain-access.js';
import type { OperationDeclaration } from '../operation.js';
import { definitionOf, operationDefinition } from './operation-definition.js';

const base = 'https://host.example/fhir/r4';
const declaration = {
  code: 'risk-score',
  level: ['type', 'instance'],
  types: ['Patient'],
  affectsState: false,
  access: 'any-token',
  documentation: 'Scores.',
  parameters: [
    { name: 'horizon', type: 'integer', min: 1, documentation: 'Years.' },
    {
      name: 'range',
      max: '*',
      documentation: 'Ranges.',
      part: [{ name: 'low', type: 'Quantity', documentation: 'Low.' }],
    },
  ],
  returns: [{ name: 'return', type: 'RiskAssessment', min: 1, documentation: 'The score.' }],
} as const satisfies OperationDeclaration;

describe('the OperationDefinition of a declaration', () => {
  it('says what is declared, and is valid R4', () => {
    const made = operationDefinition(declaration, base);
    expect(made).toMatchObject({
      url: `${base}/metadata/OperationDefinition/risk-score`,
      name: 'RiskScore',
      resource: ['Patient'],
      system: false,
      type: true,
      instance: true,
      affectsState: false,
      parameter: [
        { name: 'horizon', use: 'in', min: 1, max: '1', type: 'integer' },
        { name: 'range', use: 'in', min: 0, max: '*', part: [{ name: 'low', use: 'in', type: 'Quantity' }] },
        { name: 'return', use: 'out', type: 'RiskAssessment' },
      ],
    });
    for (const one of [made, operationDefinition(explainAccessDeclaration, base)])
      expect(validateResource(one as JsonObject).filter((finding) => hasErrors([finding]))).toEqual([]);
  });

  it('names the definition of somebody else as its base, and that one is the canonical', () => {
    const definition = 'http://hl7.org/fhir/OperationDefinition/x';
    expect(operationDefinition({ ...declaration, definition }, base)).toMatchObject({ base: definition });
    expect(definitionOf({ ...declaration, definition }, base)).toBe(definition);
    expect(definitionOf(declaration, base)).toBe(`${base}/metadata/OperationDefinition/risk-score`);
  });
});
