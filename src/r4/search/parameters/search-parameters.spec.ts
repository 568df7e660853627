import { describe, expect, it } from 'vitest';
import type { SearchParameter } from './search-parameter.js';
import { SearchParameters } from './search-parameters.js';

const race: SearchParameter = {
  code: 'race',
  type: 'token',
  url: 'http://example.org/SearchParameter/race',
  base: ['Patient'],
  expression: "Patient.extension.where(url = 'race').value",
};

describe('SearchParameters', () => {
  it('hold those of the type and those of every resource', () => {
    const parameters = new SearchParameters();
    expect(parameters.find('Patient', 'birthdate')?.type).toBe('date');
    expect(parameters.find('Patient', '_id')?.expression).toBe('Resource.id');
    expect(parameters.find('Patient', '_text')?.base).toEqual(['DomainResource']);
    expect(parameters.find('Binary', '_text')).toBeUndefined();
    expect(parameters.find('Binary', '_tag')?.type).toBe('token');
    expect(parameters.forType('Observation').size).toBeGreaterThan(40);
  });

  it('know every definition that a composite names', () => {
    const parameters = new SearchParameters();
    const composites = [...parameters.forType('Observation').values()].flatMap(({ component = [] }) => component);
    expect(composites.length).toBeGreaterThan(10);
    for (const { definition } of composites) expect(parameters.findByUrl(definition)?.url).toBe(definition);
  });

  it('take more, later too, and let an added one replace its namesake', () => {
    const parameters = new SearchParameters([race]);
    expect(parameters.find('Patient', 'race')).toBe(race);
    const before = parameters.forType('Patient');
    expect(parameters.forType('Patient')).toBe(before);
    const name: SearchParameter = { ...race, code: 'name', url: 'http://example.org/SearchParameter/name' };
    parameters.add(name);
    expect(parameters.find('Patient', 'name')).toBe(name);
    expect(new SearchParameters().find('Patient', 'race')).toBeUndefined();
  });

  it.each([
    ['Patients', '_id'],
    ['Patient', 'constructor'],
    ['__proto__', 'x'],
  ])('find nothing for %s %s', (type, code) => {
    expect(new SearchParameters().find(type, code)).toBeUndefined();
  });
});
