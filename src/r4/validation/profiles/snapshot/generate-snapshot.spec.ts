import { describe, expect, it } from 'vitest';
import { builtInDefinition } from '../definitions/built-in-definitions.js';
import { type ElementDefinition, readStructure } from '../model/structure.js';
import { generateSnapshot, NoSnapshot } from './generate-snapshot.js';

const snapshots = (canonical: string): readonly ElementDefinition[] | undefined => {
  const found = builtInDefinition('StructureDefinition', canonical);
  return found && readStructure(found)?.snapshot;
};

const generate = (element: readonly ElementDefinition[]): readonly ElementDefinition[] =>
  generateSnapshot(
    {
      url: 'urn:sliced',
      version: undefined,
      type: 'Patient',
      kind: 'resource',
      derivation: 'constraint',
      base: 'http://hl7.org/fhir/StructureDefinition/Patient',
      context: [],
      contextInvariant: [],
      snapshot: [],
      differential: [{ path: 'Patient' }, ...element],
    },
    snapshots,
  );

const slice = (sliceName: string): ElementDefinition => ({ path: 'Patient.name', sliceName });

describe('slices', () => {
  it('stand in the order of the differential, each that is sliced again before its own', () => {
    const made = generate([slice('a'), slice('b'), slice('a/1'), slice('c'), slice('a/2')]);
    const names = made.filter(({ path }) => path === 'Patient.name').map(({ sliceName }) => sliceName);
    expect(names).toEqual([undefined, 'a', 'a/1', 'a/2', 'b', 'c']);
  });

  it('are told once where the differential speaks of one again', () => {
    const made = generate([{ ...slice('a'), min: 1 }, slice('b'), { ...slice('a'), max: '1' }]);
    expect(made.filter(({ sliceName }) => sliceName === 'a')).toMatchObject([{ min: 1, max: '1' }]);
  });
});

describe('a short differential that makes much', () => {
  const unfolding = (sliceName: string): readonly ElementDefinition[] => [
    { path: 'Patient.extension', sliceName },
    { path: 'Patient.extension.value[x]', type: [{ code: 'Timing' }] },
    { path: 'Patient.extension.value[x].repeat' },
  ];
  const times = (count: number): readonly ElementDefinition[] =>
    Array.from({ length: count }, (_, i) => unfolding(`s${i}`)).flat();

  it('is refused once it is larger than a definition may be, copies counted', () => {
    expect(generate(times(500)).length).toBeGreaterThan(10_000);
    expect(() => generate(times(3000))).toThrow(NoSnapshot);
  });
});
