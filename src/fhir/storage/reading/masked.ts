import { createHash } from 'node:crypto';
import type { Access } from '../../../scope/access.js';
import { type MaskedText, maskText } from '../../../r4/model/mask-resource.js';
import type { StoredVersion } from './stored-version.js';

type Content = Pick<StoredVersion, 'type' | 'body'>;

/** A version as the caller of the access is shown it. */
export function masked<V extends Content>(access: Access, version: V): V & { readonly mask?: string } {
  if (version.body === '') return version;
  const found = maskText(version.body, version.type, access.maskOf, access.hiding);
  return found ? { ...version, body: found.body, mask: keyOf(access, found) } : version;
}

/** Rows as the caller is shown them. */
export const shown = <V extends Content>(rows: readonly V[], accessTo: (type: string) => Access): readonly V[] =>
  rows.map((row) => masked(accessTo(row.type), row));

/** Tells the representations of callers with different masks apart in ETags. */
function keyOf(access: Access, { types, hidden }: MaskedText): string {
  const masks = types.map((type) => [type, access.maskOf(type)]);
  return createHash('sha256')
    .update(JSON.stringify(hidden ? [...masks, hidden.key] : masks))
    .digest('hex')
    .slice(0, 8);
}
