import { describe, expect, it } from 'vitest';
import type { DefinitionSource } from '../../../model/definition-source.js';
import { CodeMembership, type Coded, type Membership } from './code-membership.js';
import { DefinitionStore } from './known-definitions.js';

const system = 'http://lanyard.example/letters';
const url = (name: string): string => `http://lanyard.example/ValueSet/${name}`;

interface Part {
  readonly codes?: readonly string[];
  readonly valueSets?: readonly string[];
}

const partOf = ({ codes, valueSets }: Part) => ({
  ...(codes && { system, concept: codes.map((code) => ({ code })) }),
  ...(valueSets && { valueSet: valueSets.map(url) }),
});

/** Value sets by name, each with its parts; `reads` counts how often their definitions were fetched. */
function storeOf(sets: Readonly<Record<string, { readonly include: readonly Part[]; readonly exclude?: readonly Part[] }>>) {
  const source: DefinitionSource = {
    revision: '1',
    find: (type, canonicals) =>
      Promise.resolve(
        canonicals.map((canonical) => {
          const [name, set] = Object.entries(sets).find(([one]) => url(one) === canonical) ?? [];
          if (type !== 'ValueSet' || name === undefined || !set) return undefined;
          const compose = { include: set.include.map(partOf), exclude: set.exclude?.map(partOf) };
          const resource = { resourceType: 'ValueSet', url: canonical, status: 'active', compose } as never;
          return { type, url: canonical, version: undefined, origin: 'test@1.0.0', resource };
        }),
      ),
  };
  return new DefinitionStore(source);
}

const ask = (store: DefinitionStore, name: string, coded: Coded): Promise<Membership> =>
  store.settle((definitions) => Promise.resolve(new CodeMembership(definitions).has(url(name), coded)));

const times = (count: number, part: Part): readonly Part[] => Array.from({ length: count }, () => part);

describe('value sets that import value sets', () => {
  it('have the codes of both, without those that are excluded', async () => {
    const store = storeOf({
      all: { include: [{ valueSets: ['vowels'] }, { codes: ['b'] }], exclude: [{ valueSets: ['rare'] }] },
      vowels: { include: [{ codes: ['a', 'e', 'y'] }] },
      rare: { include: [{ codes: ['y'] }] },
    });
    const answers = ['a', 'b', 'y', 'z'].map((code) => ask(store, 'all', { system, code }));
    expect(await Promise.all(answers)).toEqual(['yes', 'yes', 'no', 'no']);
  });

  it('take no more work than there are value sets, however often one imports another', async () => {
    const store = storeOf({
      itself: { include: [...times(50, { valueSets: ['itself'] }), { codes: ['a'] }] },
      ...Object.fromEntries(
        Array.from({ length: 20 }, (_, i) => [`level${i}`, { include: times(50, { valueSets: [`level${i + 1}`] }) }]),
      ),
      level20: { include: [{ codes: ['a'] }] },
    });
    expect(await ask(store, 'itself', { system, code: 'a' })).toBe('yes');
    expect(await ask(store, 'itself', { system, code: 'b' })).toBe('unknown');
    expect(await ask(store, 'level0', { system, code: 'a' })).toBe('yes');
    expect(await ask(store, 'level0', { system, code: 'b' })).toBe('no');
  });
});
