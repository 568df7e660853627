import type { JsonObject } from '../../../r4/json/json.js';
import type { Written } from '../../storage/writing/change.js';
import type { ResourceKey } from '../../storage/writing/resource-key.js';
import { countByType, countParameters } from '../counts-by-type.js';

/** Numbers of what was changed, by type. */
export const countsOf = (written: readonly Written[]): readonly JsonObject[] =>
  countParameters('changed', countByType(written.filter(({ unchanged }) => !unchanged)));

/** Names a resource without a reference, which would hold it: it may be deleted later. */
export const referenceTo = ({ type, id }: ResourceKey, base: string): JsonObject => ({
  identifier: { system: base, value: `${type}/${id}` },
});

/** The Provenance of the merge; a preview has none. */
export const provenanceOf = (
  done: { readonly provenance: Written } | undefined,
  isPreview: boolean,
): readonly JsonObject[] =>
  done && !isPreview ? [{ name: 'provenance', valueReference: { reference: `Provenance/${done.provenance.id}` } }] : [];
