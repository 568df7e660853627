import { describe, expect, it } from 'vitest';
import { CodeSystem } from '../code-systems/code-system.js';
import { Expansion } from './expansion.js';
import type { Part } from '../read-resource.js';
import { readValueSet } from './value-set.js';

const sourceOf = (valueSets: Record<string, Part>, codeSystems: Record<string, Part>) => {
  const asked: string[] = [];
  const systems = new Map(
    Object.entries(codeSystems).map(([url, part]) => [url, new CodeSystem({ url, content: 'complete', ...part })]),
  );
  return {
    asked,
    valueSets: async (names: readonly string[]) => {
      asked.push(...names);
      return names.map((name) => valueSets[name] && readValueSet({ url: name, ...valueSets[name] }));
    },
    codeSystems: async (names: readonly string[]) => names.map((name) => systems.get(name)),
  };
};

const concepts = (count: number): readonly Part[] => Array.from({ length: count }, (_, i) => ({ code: `c${i}` }));

describe('Expansion', () => {
  it('follows hierarchies in circles and as deep as they go', async () => {
    let nested: Part = { code: 'd20000' };
    for (let i = 19_999; i >= 0; i--) nested = { code: `d${i}`, concept: [nested] };
    const circle = [
      { code: 'a', property: [{ code: 'parent', valueCode: 'b' }] },
      { code: 'b', property: [{ code: 'subsumedBy', valueCode: 'a' }] },
    ];
    const expansion = new Expansion(sourceOf({}, { deep: { concept: [nested] }, circle: { concept: circle } }));
    expect([...(await expansion.hierarchy('below', 'circle', 'a')).codes.get('circle')!].toSorted()).toEqual([
      'a',
      'b',
    ]);
    expect((await expansion.hierarchy('below', 'deep', 'd15001')).size).toBe(5000);
    await expect(expansion.hierarchy('below', 'deep', 'd15000')).rejects.toThrow(/5001 codes/);
  });

  it('compares no more concepts than a request may cost', async () => {
    const filter = [{ property: 'code', op: '=', value: 'c1' }];
    const include = Array.from({ length: 1000 }, () => ({ system: 's', filter }));
    const expansion = new Expansion(sourceOf({ v: { compose: { include } } }, { s: { concept: concepts(1000) } }));
    await expect(expansion.valueSet('v')).rejects.toThrow(/200000 concepts/);
  });

  it('hands out no more codes for one request than a statement can hold', async () => {
    const concept = concepts(5000);
    const expansion = new Expansion(sourceOf({ v: { compose: { include: [{ system: 's', concept }] } } }, {}));
    for (let i = 0; i < 4; i++) expect((await expansion.valueSet('v')).size).toBe(5000);
    await expect(expansion.valueSet('v')).rejects.toThrow(/more than 20000 codes/);
  });

  it('imports no more value sets than it says', async () => {
    const chain = Array.from({ length: 200 }, (_, i) => [
      `v${i}`,
      { compose: { include: [{ valueSet: [`v${i + 1}`] }] } },
    ]);
    const source = sourceOf(Object.fromEntries(chain), {});
    await expect(new Expansion(source).valueSet('v0')).rejects.toThrow(/More than 100 value sets/);
    expect(new Set(source.asked).size).toBeLessThan(103);
  });

  it('knows the concepts right below one', async () => {
    const concept = [{ code: 'a', concept: [{ code: 'b', concept: [{ code: 'c' }] }] }];
    const include = [{ system: 's', filter: [{ property: 'concept', op: 'child-of', value: 'a' }] }];
    const { codes } = await new Expansion(sourceOf({ v: { compose: { include } } }, { s: { concept } })).valueSet('v');
    expect([...codes.get('s')!]).toEqual(['b']);
  });

  it('takes away a whole code system, and some codes of one that is here', async () => {
    const include = [{ system: 's' }, { system: 'other' }];
    const exclude = [{ system: 'other' }, { system: 's', concept: [{ code: 'c0' }] }];
    const expansion = new Expansion(
      sourceOf({ v: { compose: { include, exclude } } }, { s: { concept: concepts(3) } }),
    );
    const { codes, wholeSystems } = await expansion.valueSet('v');
    expect([...wholeSystems]).toEqual([]);
    expect([...codes].map(([system, list]) => [system, ...[...list].toSorted()])).toEqual([['s', 'c1', 'c2']]);
  });

  it('takes the stored expansion for what it cannot list, unless that leaves codes out', async () => {
    const include = [{ system: 'unknown', filter: [{ property: 'concept', op: 'is-a', value: 'x' }] }];
    const contains = [{ system: 'unknown', code: 'x' }];
    const narrowed = { contains, parameter: [{ name: 'filter', valueString: 'x' }] };
    const expansion = new Expansion(
      sourceOf(
        {
          whole: { compose: { include }, expansion: { contains } },
          narrowed: { compose: { include }, expansion: narrowed },
        },
        {},
      ),
    );
    expect((await expansion.valueSet('whole')).size).toBe(1);
    await expect(expansion.valueSet('narrowed')).rejects.toThrow(/CodeSystem unknown is not known/);
  });
});
