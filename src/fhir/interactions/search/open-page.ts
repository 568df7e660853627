import { hash } from 'node:crypto';
import { Refused } from '../../../refusal/refusal.js';
import type { Access } from '../../../scope/access.js';
import {
  type CursorBinding,
  type CursorPosition,
  CursorRejected,
  type CursorSeal,
} from '../../../r4/search/query/cursor.js';

const advice = {
  'cursor-foreign': 'The page link is not of this query, or not of this access, or was changed.',
  'cursor-expired': 'The page link has expired.',
} as const;

/** The position in a page link; a link of another query or of another access opens nothing (docs/adr/0008). */
export function openPage(seal: CursorSeal, cursor: string, bound: CursorBinding): CursorPosition {
  try {
    return seal.open(cursor, bound);
  } catch (error) {
    if (!(error instanceof CursorRejected)) throw error;
    const { reason: code } = error;
    throw new Refused([{ code, fact: advice[code], cure: 'Start again without _cursor.' }]);
  }
}

/** Returns the fingerprint that page links over rows of several types are bound to. */
export function fingerprintOf(accesses: readonly Access[]): string {
  const text = accesses.map(({ fingerprint }) => `${fingerprint}\n`).join('');
  return hash('sha256', text, 'base64url');
}
