import assert from 'node:assert/strict';
import type { IdGenerator } from '../../fhir/storage/writing/id-generator.js';
import { isId } from '../../r4/model/id.js';
import type { ContractTools } from './contract-tools.js';

const types = ['Patient', 'Observation', 'Basic'] as const;
const many = 3000;
/** Milliseconds that one id may take on the average: each create waits for its own. */
const longest = 0.1;

/** Contract of every {@link IdGenerator}; run it from a test file with your own generator. `make` returns another one each time, as each server has one. */
export function idGeneratorContract({ describe, it }: ContractTools, make: () => Promise<IdGenerator>): void {
  describe('contract of a generator of ids', () => {
    it('makes ids of R4, at once, for any type', async () => {
      const generator = await make();
      for (const type of types) {
        const id: unknown = generator.newId(type);
        assert.equal(typeof id, 'string', 'an id is a text, and no promise of one');
        assert.ok(isId(id as string), `${JSON.stringify(id)} is not 1 to 64 of A-Z a-z 0-9 - .`);
      }
    });

    it('makes no id twice, for whichever types', async () => {
      assert.equal(new Set(idsOf(await make())).size, many);
    });

    it('makes no id that another server makes at the same time, or one that starts later', async () => {
      const [one, other] = await Promise.all([make(), make()]);
      const later = await make();
      assert.equal(new Set([one, other, later].flatMap((generator) => idsOf(generator))).size, 3 * many);
    });

    it('is fast', async () => {
      const generator = await make();
      idsOf(generator);
      const started = performance.now();
      idsOf(generator);
      const each = (performance.now() - started) / many;
      assert.ok(each <= longest, `an id took ${each.toFixed(3)} ms`);
    });
  });
}

const idsOf = (generator: IdGenerator): readonly string[] =>
  Array.from({ length: many }, (_, index) => generator.newId(types[index % types.length]!));
