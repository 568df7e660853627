import type { Access } from '../../../scope/access.js';
import { grantsKey } from '../../../scope/grant.js';
import type { RequestContext } from '../../../scope/request-context.js';
import type { ResourceRepository } from '../../storage/resource.repository.js';
import type { LinkedVersion } from '../../storage/searching/linked-version.js';
import { keyOf } from '../../storage/writing/resource-key.js';

/** The rows that a read would show as well; a search found them. */
export async function readableRows(
  context: RequestContext,
  resources: ResourceRepository,
  rows: readonly LinkedVersion[],
): Promise<readonly LinkedVersion[]> {
  const judged = rows.flatMap(({ type, id }) => {
    const access = context.accessTo(type, 'r');
    return reachesSame(context.accessTo(type, 's'), access) ? [] : [{ type, id, access }];
  });
  if (judged.length === 0) return rows;
  const visible = await resources.visible(judged);
  const hidden = new Set(judged.map(keyOf).filter((key) => !visible.has(key)));
  return rows.filter((row) => !hidden.has(keyOf(row)));
}

const reachesSame = (one: Access, other: Access): boolean =>
  other.unrestricted || grantsKey(one.grants) === grantsKey(other.grants);
