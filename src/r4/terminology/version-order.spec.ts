import { describe, expect, it } from 'vitest';
import { versionOrder } from './version-order.js';

describe('versions in their order', () => {
  it.each([
    ['1.0.0', '1.0.1'],
    ['1.9.0', '1.10.0'],
    ['6.1.0-ballot', '6.1.0'],
    ['6.1.0-snapshot1', '6.1.0'],
    ['6.1.0', '6.1.1-ballot'],
    ['20220131', '20230101'],
    ['2.0.0-alpha.2', '2.0.0-alpha.10'],
    ['', '0.1.0'],
  ])('%s comes before %s', (earlier, later) => {
    expect(versionOrder(earlier) < versionOrder(later)).toBe(true);
  });
});
