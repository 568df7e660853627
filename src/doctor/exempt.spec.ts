import { expect, it } from 'vitest';
import { judgeExempt } from './exempt.js';

it('names those for whom Consents count less', () => {
  const account = (name: string, consentExempt: boolean, ownIds: boolean) => ({ name, consentExempt, ownIds });
  expect(judgeExempt([])).toEqual([]);
  const findings = judgeExempt([
    account('admin', false, true),
    account('loader', true, true),
    ...Array.from({ length: 12 }, (_, i) => account(`u${i}`, true, false)),
  ]);
  expect(findings.map(({ fact }) => fact)).toEqual([
    'Consents do not count at all for loader, u0, u1, u2, u3, u4, u5, u6, u7, u8 and 3 more.',
    'While Consents deny something, ids are chosen by admin.',
  ]);
});
