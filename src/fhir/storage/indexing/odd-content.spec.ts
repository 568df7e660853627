// Content that was stored without validation is indexed like any other (ADR 117)
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { oddContent } from '../../../../test/support/odd-content.js';
import { resourceTypes } from '../../../r4/model/resource-types.js';
import { ResourceIndexer } from '../../../r4/search/index/resource-indexer.js';
import { SearchParameters } from '../../../r4/search/parameters/search-parameters.js';
import { ownMark } from '../../../r4/search/index/token-hash.js';
import { indexTextsOf } from './index-text.js';
import { SortSlots } from '../searching/sort-slots.js';
import { rowJson } from './row-json.js';

const settings = { base: 'http://localhost:3000/fhir/r4', timeZone: 'Europe/Berlin' };
const indexer = new ResourceIndexer(new SearchParameters(), settings, true);
const slots = new SortSlots();
const decimal = /^-?\d+(?:\.\d+)?$/;

it('any JSON in the elements of a resource gives index values that PostgreSQL can hold', () => {
  const types = [...resourceTypes];
  const odd = fc.constantFrom(...types).chain((type) => oddContent(type));
  fc.assert(
    fc.property(odd, (content) => {
      const type = content['resourceType'] as string;
      const index = indexer.index({ ...content, id: 'a' });
      for (const token of index.tokens) expect(token).toMatch(/^~?-?\d{1,19}$/);
      const bounds = [
        ...index.ranges.flatMap(({ low, high }) => [low, high]),
        ...index.sortNumbers.flatMap(({ low, high }) => [low, high]),
      ];
      for (const bound of bounds) if (bound !== undefined) expect(bound).toMatch(decimal);
      for (const { low, high } of index.ranges)
        if (low !== undefined && high !== undefined) expect(Number(low)).toBeLessThanOrEqual(Number(high));
      for (const owner of index.compartments) expect(owner).toMatch(/^Patient\/[A-Za-z0-9\-.]{1,64}$/);
      const texts = indexTextsOf(index, {
        mark: 'mark',
        slots: { numbers: slots.numbers(type), texts: slots.texts(type) },
        tenant: 2,
      });
      expect(texts.tok).not.toContain(ownMark);
      expect(() => rowJson({ body: JSON.stringify(content) }, texts)).not.toThrow();
    }),
    { numRuns: 3000 },
  );
});
