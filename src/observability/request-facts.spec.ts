import { expect, it } from 'vitest';
import { noteRefusals, reasonsOf } from './request-facts.js';

it('a request remembers what was refused of it, entry by entry, and tells each code once', () => {
  const request = {};
  expect(reasonsOf(request)).toBeUndefined();
  noteRefusals(request, [{ code: 'scope-missing', fact: 'first', cure: '' }]);
  noteRefusals(request, [
    { code: 'scope-missing', fact: 'second', cure: '' },
    { code: 'policy-refused', fact: 'third', cure: '' },
  ]);
  expect(reasonsOf(request)).toEqual(['scope-missing', 'policy-refused']);
  expect(request).toMatchObject({ refusals: [{ fact: 'first' }, { fact: 'second' }, { fact: 'third' }] });
});
