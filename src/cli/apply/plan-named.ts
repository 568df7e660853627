import { isDeepStrictEqual } from 'node:util';
import { describeDifference } from './describe-difference.js';
import type { PlannedChange } from './planned-change.js';
import type { Named } from './read-declared.js';

type Members = Readonly<Record<string, unknown>>;
/** As it is stored: with what is known of its last version. */
type Stored<T> = T & { readonly version: number; readonly changedBy: string; readonly changedAt: string };

/** Plans what is declared and not stored like that. */
export function planNamed<T extends Named>(
  kind: string,
  wanted: readonly T[],
  stored: readonly Stored<T>[],
  put: (one: T) => Promise<unknown>,
): readonly PlannedChange[] {
  return wanted.flatMap((one) => {
    const before = stored.find(({ name }) => name === one.name);
    const there = before && contentOf(before);
    if (isDeepStrictEqual(there, JSON.parse(JSON.stringify(one)))) return [];
    const apply = async (): Promise<readonly string[]> => {
      await put(one);
      return [];
    };
    const details = there ? describeDifference(there as Members, one as unknown as Members) : [];
    return [{ sign: there ? '~' : '+', what: `${kind} ${one.name}`, details, apply } as const];
  });
}

const contentOf = ({ version: _version, changedBy: _by, changedAt: _at, ...content }: Stored<object>): object =>
  content;
