import { expect, it } from 'vitest';
import { queriesFor } from './match.operation.js';

it('searches for identifiers with bars, commas and backslashes in them', () => {
  const queries = queriesFor({ identifier: [{ system: 'urn:x', value: String.raw`a|b,c\d` }] });
  expect(queries.map((query) => query.get('identifier'))).toEqual([String.raw`urn:x|a\|b\,c\\d`]);
});
