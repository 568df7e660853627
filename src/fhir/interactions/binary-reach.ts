import type { Access } from '../../scope/access.js';
import { parseReference } from '../../r4/model/reference.js';
import { refuseContent } from '../storage/writing/contents/refuse-content.js';

/**
 * Refuses a new Binary before its content is read, where its security context alone shows that it would lie outside
 * the records that the caller is limited to. Whatever needs a look at stored data is judged when it is written.
 */
export function requireSecurityContext(access: Access<'c'>, reference: string | undefined, base: string): void {
  const owners = access.grants.map(({ within }) => within?.owner);
  const named = reference === undefined ? undefined : parseReference(reference, base);
  const mayFit = owners.some(
    (owner) => !owner || (named && (named.type !== 'Patient' || owner.kind !== 'patient' || owner.id === named.id)),
  );
  if (!mayFit) throw refuseContent({ type: 'Binary', access });
}
