import { describe, expect, it } from 'vitest';
import { holdsCanonicals, soleTarget } from './reference-targets.js';
import { SearchParameters } from './search-parameters.js';

const parameters = new SearchParameters();
const patient = parameters.find('Observation', 'patient')!;

describe('what a reference parameter points to', () => {
  it('is told by its paths of the type', () => {
    expect(soleTarget(patient, 'Observation')).toBe('Patient');
    expect(soleTarget(parameters.find('Observation', 'subject')!, 'Observation')).toBeUndefined();
    expect(holdsCanonicals(parameters.find('QuestionnaireResponse', 'questionnaire')!, 'QuestionnaireResponse')).toBe(
      true,
    );
    expect(holdsCanonicals(patient, 'Observation')).toBe(false);
  });

  it('is told of each type apart', () => {
    const both = {
      ...patient,
      target: [],
      expression: 'Observation.subject.where(resolve() is Patient) | Basic.author',
    };
    expect([soleTarget(both, 'Observation'), soleTarget(both, 'Basic')]).toEqual(['Patient', undefined]);
  });

  it('is read from the definition once, however often it is asked', () => {
    let reads = 0;
    const counted = Object.defineProperty({ ...patient }, 'expression', {
      get: () => {
        reads++;
        return patient.expression;
      },
    });
    for (const find of [soleTarget, holdsCanonicals]) {
      reads = 0;
      for (let n = 0; n < 3; n++) find(counted, 'Observation');
      expect(reads).toBe(1);
    }
  });
});
