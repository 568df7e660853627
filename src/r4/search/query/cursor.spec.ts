import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CursorRejected, CursorSeal } from './cursor.js';

const bound = { query: '_count=20&identifier=x', access: 'patient p1' };
const seal = new CursorSeal('a secret of this server');

function rejection(open: () => unknown): string {
  try {
    open();
  } catch (error) {
    if (error instanceof CursorRejected) return error.reason;
    throw error;
  }
  return 'accepted';
}

describe('CursorSeal', () => {
  it('opens what it sealed for the same query and access', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (after, query, access) => {
        expect(seal.open(seal.seal({ after }, { query, access }), { query, access })).toEqual({ after });
      }),
    );
    expect(seal.open(seal.seal({ before: 'b' }, bound), bound)).toEqual({ before: 'b' });
  });

  it('marks a cursor of an order that servers of the release before do not know', () => {
    const cursor = seal.seal({ after: 'a' }, bound, true);
    expect(Buffer.from(cursor, 'base64url')[0]).toBe(2);
    expect(seal.open(cursor, bound)).toEqual({ after: 'a' });
  });

  it('does not show the position and never repeats itself', () => {
    const cursor = seal.seal({ after: 'patient-id' }, bound);
    expect(Buffer.from(cursor, 'base64url').toString('latin1')).not.toContain('patient-id');
    expect(seal.seal({ after: 'patient-id' }, bound)).not.toBe(cursor);
  });

  it.each([
    ['another query', { ...bound, query: '_count=21&identifier=x' }],
    ['another access', { ...bound, access: 'patient p2' }],
    ['query and access with the border moved', { query: `${bound.query}p`, access: 'atient p1' }],
  ])('rejects a cursor of %s as foreign', (_what, other) => {
    const cursor = seal.seal({ after: 'a' }, bound);
    expect(rejection(() => seal.open(cursor, other))).toBe('cursor-foreign');
  });

  it('rejects a cursor of another secret as foreign', () => {
    const cursor = new CursorSeal(Buffer.from('another secret')).seal({ after: 'a' }, bound);
    expect(rejection(() => seal.open(cursor, bound))).toBe('cursor-foreign');
  });

  it('rejects a cursor after its lifetime as expired', () => {
    let now = 1_000_000;
    const clocked = new CursorSeal('secret', { lifetimeSeconds: 60, now: () => now });
    const cursor = clocked.seal({ after: 'a' }, bound);
    now += 59_999;
    expect(clocked.open(cursor, bound)).toEqual({ after: 'a' });
    now += 1;
    expect(rejection(() => clocked.open(cursor, bound))).toBe('cursor-expired');
  });

  it('rejects any changed byte as foreign', () => {
    const bytes = Buffer.from(seal.seal({ after: 'a' }, bound), 'base64url');
    for (let i = 0; i < bytes.length; i++) {
      const changed = Buffer.from(bytes);
      changed[i] = changed[i]! ^ 1;
      expect(rejection(() => seal.open(changed.toString('base64url'), bound))).toBe('cursor-foreign');
    }
  });

  it('rejects arbitrary text as foreign', () => {
    fc.assert(fc.property(fc.string(), (text) => rejection(() => seal.open(text, bound)) === 'cursor-foreign'));
    expect(rejection(() => seal.open(seal.seal({}, bound).slice(0, 30), bound))).toBe('cursor-foreign');
  });
});
