import { expect, it } from 'vitest';
import type { Finding } from '../../parts/finding-list.js';
import { issuersIn } from './issuers.js';

const finding = (group: string, status: Finding['status']): Finding => ({ group, check: 'x', status, fact: 'f' });

it('findings of the doctor are put together by issuer, others left out', () => {
  const found = [
    finding('issuer https://a', 'ok'),
    finding('database', 'failed'),
    finding('issuer https://b', 'failed'),
  ];
  expect(issuersIn([...found, finding('issuer https://a', 'warning')])).toMatchObject([
    { issuer: 'https://a', isGood: true, findings: [{}, {}] },
    { issuer: 'https://b', isGood: false, findings: [{}] },
  ]);
});
