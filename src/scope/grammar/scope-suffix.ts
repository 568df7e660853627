import { type Permission, permissions } from './permission.js';

/** Words of SMART v1 for letters of v2. */
export const version1: Readonly<Record<string, readonly Permission[]>> = {
  read: ['r', 's'],
  write: ['c', 'u', 'd'],
  '*': permissions,
};

const inOrder = /^c?r?u?d?s?$/;

export type SuffixFault = 'scope-out-of-order' | 'scope-unknown';

export type Letters =
  | { readonly ok: readonly Permission[] }
  | {
      readonly ignored: SuffixFault;
      readonly why: string;
      readonly meant: { readonly permissions: readonly Permission[] };
    };

/** Reads what stands behind the point of a scope, v1 or v2. */
export function parseSuffix(suffix: string): Letters {
  if (Object.hasOwn(version1, suffix)) return { ok: version1[suffix]! };
  if (suffix !== '' && inOrder.test(suffix)) return { ok: suffix.split('') as Permission[] };
  const meant = { permissions: permissions.filter((letter) => suffix.toLowerCase().includes(letter)) };
  if (/^[cruds]+$/.test(suffix)) {
    const why = `.${shownScope(suffix)} is not in the order c, r, u, d, s, each once: write .${meant.permissions.join('')}`;
    return { ignored: 'scope-out-of-order', why, meant };
  }
  const why = `.${shownScope(suffix)} is neither .read, .write, .* nor letters of cruds`;
  return { ignored: 'scope-unknown', why, meant };
}

const longestShown = 120;

/** Shows a scope of a token in a sentence: it may be any text, and is not verified. */
export const shownScope = (text: string): string => {
  const safe = text.slice(0, 2 * longestShown).replace(/[^\x20-\x7e]|["'`\\<>]/g, '?');
  return safe.length > longestShown ? `${safe.slice(0, longestShown)}…` : safe;
};
