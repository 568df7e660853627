import { createHash } from 'node:crypto';
import type { Access } from '../../../scope/access.js';
import { maskText } from '../../../r4/model/mask-resource.js';
import type { StoredVersion } from './stored-version.js';

type Content = Pick<StoredVersion, 'type' | 'body'>;

/** A version as the caller of the access is shown it. */
export function masked<V extends Content>(access: Access, version: V): V & { readonly mask?: string } {
  if (version.body === '') return version;
  const found = maskText(version.body, version.type, access.maskOf);
  return found ? { ...version, body: found.body, mask: keyOf(access, found.types) } : version;
}

/** Rows as the caller is shown them. */
export const shown = <V extends Content>(rows: readonly V[], accessTo: (type: string) => Access): readonly V[] =>
  rows.map((row) => masked(accessTo(row.type), row));

/** Tells the representations of callers with different masks apart in ETags. */
const keyOf = (access: Access, types: readonly string[]): string =>
  createHash('sha256')
    .update(JSON.stringify(types.map((type) => [type, access.maskOf(type)])))
    .digest('hex')
    .slice(0, 8);
