import { createHash } from 'node:crypto';
import type { Access } from '../../scope/access.js';
import { maskText } from '../model/mask-resource.js';
import type { StoredVersion } from './stored-version.js';

type Content = Pick<StoredVersion, 'type' | 'body'>;

/** A version as the caller of the access is shown it. */
export function masked<V extends Content>(access: Access, version: V): V & { readonly mask?: string } {
  if (version.body === '') return version;
  const body = maskText(version.body, version.type, access.maskOf);
  return body === version.body ? version : { ...version, body, mask: keyOf(access, version.type) };
}

/** The same for the content alone. */
export const maskedBody = (access: Access, body: string): string => maskText(body, access.type, access.maskOf);

/** Tells the representations of callers with different masks apart in ETags. */
const keyOf = (access: Access, type: string): string =>
  createHash('sha256')
    .update(JSON.stringify(access.maskOf(type)))
    .digest('hex')
    .slice(0, 8);
