import { isDeepStrictEqual } from 'node:util';

/** An answer that is not what the model says. */
export class Different extends Error {}

/** Long texts are cut. */
export const shortened = (text: string, most = 4000): string =>
  text.replaceAll(/[^"\s<>]{120,}/g, (run) => `${run.slice(0, 20)}…(${run.length})`).slice(0, most);

const shown = (value: unknown): string =>
  shortened(typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing'));

/** Throws unless both are the same. */
export function agree(what: string, found: unknown, expected: unknown): void {
  if (isDeepStrictEqual(found, expected)) return;
  throw new Different(`${what}\n  found    ${shown(found)}\n  expected ${shown(expected)}`);
}

/** Throws unless both have the same members, in any order. */
export function agreeInAnyOrder(what: string, found: readonly string[], expected: readonly string[]): void {
  agree(what, found.toSorted(), expected.toSorted());
}
