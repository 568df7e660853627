import type { JsonObject } from '../../../r4/json/json.js';
import type { Written } from '../../storage/writing/change.js';
import type { ResourceKey } from '../../storage/writing/resource-key.js';

/** Numbers of what was changed, by type. */
export function countsOf(written: readonly Written[]): readonly JsonObject[] {
  const counts = new Map<string, number>();
  for (const { type, unchanged } of written) if (!unchanged) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([type, count]) => ({
      name: 'changed',
      part: [
        { name: 'type', valueCode: type },
        { name: 'count', valueUnsignedInt: count },
      ],
    }));
}

/** Names a resource without a reference, which would hold it: it may be deleted later. */
export const referenceTo = ({ type, id }: ResourceKey, base: string): JsonObject => ({
  identifier: { system: base, value: `${type}/${id}` },
});

/** What tells of it; of a preview there is nothing. */
export const provenanceOf = (
  done: { readonly provenance: Written } | undefined,
  isPreview: boolean,
): readonly JsonObject[] =>
  done && !isPreview ? [{ name: 'provenance', valueReference: { reference: `Provenance/${done.provenance.id}` } }] : [];
