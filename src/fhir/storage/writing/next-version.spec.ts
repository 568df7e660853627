import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Change } from './change.js';
import type { StoredVersion } from '../reading/stored-version.js';
import { nextVersion } from './next-version.js';

afterEach(() => vi.useRealTimers());

const at = (lastUpdated: string): StoredVersion => {
  const key = { type: 'Patient', id: 'p1', versionId: 4 };
  return { ...key, lastUpdated, deleted: false, body: '{}', method: 'PUT' };
};
// The decisions here depend on this part of the access alone.
const update = { kind: 'update', type: 'Patient', id: 'p1', access: { unrestricted: true } } as Change;

describe('the time of the next version', () => {
  it('is now', () => {
    vi.useFakeTimers({ now: Date.parse('2024-05-01T10:00:00.000Z') });
    expect(nextVersion(update, at('2024-05-01T09:00:00.000Z'), true, Date.now())).toMatchObject({
      versionId: 5,
      lastUpdated: '2024-05-01T10:00:00.000Z',
    });
  });

  it.each(['2024-05-01T10:00:00.000Z', '2024-05-01T12:00:00.000Z'])(
    'comes after that of the last version even if the clock stands still or runs back: %s',
    (last) => {
      vi.useFakeTimers({ now: Date.parse('2024-05-01T10:00:00.000Z') });
      expect(nextVersion(update, at(last), true, Date.now())).toMatchObject({
        lastUpdated: last.replace('.000Z', '.001Z'),
      });
    },
  );
});
