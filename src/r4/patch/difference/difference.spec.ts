// https://hl7.org/fhir/R4/fhirpatch.html: a difference is a patch
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equalDocuments } from '../../json/equal-json.js';
import type { JsonObject } from '../../json/json.js';
import { applyFhirPathPatch } from '../fhirpath/fhirpath-patch.js';
import { difference } from './difference.js';

const none = { without: [] };
const patient = (more: JsonObject): JsonObject => ({ resourceType: 'Patient', id: 'p1', ...more });
const observation = (more: JsonObject): JsonObject => ({ resourceType: 'Observation', status: 'final', ...more });

/** Operations as `type path`, after the patch was found to lead from one to the other. */
async function pathsOf(from: JsonObject, to: JsonObject): Promise<readonly string[]> {
  const patch = await difference(from, to, none);
  const made = applyFhirPathPatch(from, patch);
  expect(equalDocuments(made, to), JSON.stringify([patch, made, to])).toBe(true);
  const operations = (patch['parameter'] ?? []) as readonly { part: readonly Record<string, string>[] }[];
  return operations.map(({ part }) => `${part[0]!['valueCode']} ${part[1]!['valueString']}`);
}

describe('a difference', () => {
  it.each<[string, JsonObject, JsonObject, readonly string[]]>([
    ['of nothing', patient({ active: true }), patient({ active: true }), []],
    ['of a value', patient({ gender: 'male' }), patient({ gender: 'female' }), ['replace Patient.gender']],
    [
      'that adds and deletes',
      patient({ gender: 'male' }),
      patient({ active: true }),
      ['add Patient', 'delete Patient.gender'],
    ],
    [
      'within a list',
      patient({ name: [{ family: 'A' }, { family: 'B', given: ['x', 'y'] }] }),
      patient({ name: [{ family: 'A' }, { family: 'C', given: ['x'] }] }),
      ['replace Patient.name[1].family', 'delete Patient.name[1].given[1]'],
    ],
    [
      'at the start of a list',
      patient({ name: [{ family: 'B' }, { family: 'C' }] }),
      patient({ name: [{ family: 'A' }, { family: 'B' }, { family: 'C' }] }),
      ['insert Patient.name'],
    ],
    [
      'that begins and ends lists',
      patient({ photo: [{ title: 'a' }, { title: 'b' }] }),
      patient({ link: [{ other: { reference: 'Patient/2' }, type: 'seealso' }] }),
      ['delete Patient.photo[1]', 'delete Patient.photo[0]', 'add Patient'],
    ],
    [
      'of another type',
      observation({ valueString: 'x' }),
      observation({ valueBoolean: true }),
      ['replace Observation.value'],
    ],
    [
      'of extensions beside a primitive',
      patient({ birthDate: '2000', _birthDate: { extension: [{ url: 'urn:a', valueCode: 'x' }] } }),
      patient({ birthDate: '2000', _birthDate: { extension: [{ url: 'urn:a', valueString: 'x' }] } }),
      ['replace Patient.birthDate'],
    ],
    [
      'in contained resources, extensions and narratives',
      patient({ contained: [{ resourceType: 'Group', id: 'g', actual: true }] }),
      patient({
        contained: [{ resourceType: 'Group', id: 'g', actual: false }],
        extension: [{ url: 'urn:b', extension: [{ url: 'c', valueInteger: 1 }] }],
        text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' },
      }),
      ['add Patient', 'replace Patient.contained[0].actual', 'add Patient'],
    ],
  ])('%s', async (_, from, to, paths) => {
    expect((await pathsOf(from, to)).toSorted()).toEqual(paths.toSorted());
  });

  it('leaves out what it is told to', async () => {
    const from = patient({ meta: { versionId: '1' }, active: true });
    const to = { ...patient({ meta: { versionId: '2' }, active: true }), id: 'p2' };
    expect(await difference(from, to, { without: ['id', 'meta'] })).toEqual({ resourceType: 'Parameters' });
  });

  it('of large lists is made in turns with other requests, and bounded', async () => {
    const many = (prefix: string, count: number): JsonObject =>
      patient({ name: [{ given: Array.from({ length: count }, (_, i) => `${prefix}${i}`) }] });
    const patch = await difference(many('a', 10_000), many('b', 10_000), none);
    expect((patch['parameter'] as readonly unknown[]).length).toBe(10_000);
    await expect(difference(many('a', 10_001), many('b', 10_001), none)).rejects.toMatchObject({
      status: 422,
      message: expect.stringMatching(/more than 10000 places/),
    });
    let [turns, isDone] = [0, false];
    const count = (): void => {
      turns++;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    const names = patient({ name: Array.from({ length: 60_000 }, (_, i) => ({ given: [`a${i}`] })) });
    expect(await difference(names, structuredClone(names), none)).toEqual({ resourceType: 'Parameters' });
    isDone = true;
    expect(turns).toBeGreaterThan(1);
  });

  it('of any two resources leads from one to the other', async () => {
    const text = fc.constantFrom('a', 'b', 'c');
    const extension = fc.record({ url: fc.constant('urn:x'), valueString: text });
    const list = <T>(of: fc.Arbitrary<T>) => fc.array(of, { minLength: 1, maxLength: 4 });
    const name = fc.record(
      { family: text, given: list(text), extension: list(extension) },
      { requiredKeys: ['family'] },
    );
    const contact = fc.record(
      { gender: fc.constantFrom('male', 'female'), name, telecom: list(fc.record({ value: text })) },
      { requiredKeys: ['name'] },
    );
    const made = fc.record(
      {
        resourceType: fc.constant('Patient'),
        active: fc.boolean(),
        name: list(name),
        contact: list(contact),
        multipleBirthBoolean: fc.boolean(),
        extension: list(extension),
      },
      { requiredKeys: ['resourceType'] },
    );
    await fc.assert(
      fc.asyncProperty(made, made, async (from, to) => void (await pathsOf(from as JsonObject, to as JsonObject))),
      { numRuns: 40 },
    );
  });
});
