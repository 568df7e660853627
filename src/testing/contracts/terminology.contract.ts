import assert from 'node:assert/strict';
import type { TerminologyProvider } from '../../fhir/interactions/terminology/terminology-provider.js';
import { type ContractTools, hostileTexts } from './contract-tools.js';

/** A source to try, and what it has. */
export interface TerminologyUnderTest {
  readonly provider: TerminologyProvider;
  /** Canonicals that it has, with their versions where it has any. */
  readonly valueSets: readonly string[];
  readonly codeSystems: readonly string[];
}

/** Contract of every {@link TerminologyProvider}; run it from a test file with your own source. */
export function terminologyContract({ describe, it }: ContractTools, make: () => Promise<TerminologyUnderTest>): void {
  describe('contract of a source of terminology', () => {
    for (const type of ['ValueSet', 'CodeSystem'] as const) {
      it(`finds each ${type} that it has, by its canonical, in the order of the names`, async () => {
        const { provider, ...has } = await make();
        const names = type === 'ValueSet' ? has.valueSets : has.codeSystems;
        const asked = [...names, 'http://nowhere.example/unknown', ...names.toReversed()];
        const found = await provider.find(type, asked);
        assert.equal(found.length, asked.length);
        assert.equal(found[names.length], undefined);
        asked.forEach((name, i) => {
          const [url, version] = name.split('|');
          if (i === names.length) return;
          assert.equal(found[i]?.['resourceType'], type);
          assert.equal(found[i]?.['url'], url);
          if (version !== undefined) assert.equal(found[i]?.['version'], version);
        });
      });
    }

    it('has nothing for a name of the other type, and for no text that is no canonical', async () => {
      const { provider, valueSets, codeSystems } = await make();
      const odd = hostileTexts.filter((text) => text.length < 2000);
      for (const found of [
        await provider.find('CodeSystem', [...valueSets, ...odd]),
        await provider.find('ValueSet', [...codeSystems, ...odd]),
      ])
        assert.deepEqual(new Set(found), new Set([undefined]));
    });
  });
}
