import type { Readiness } from '../accesses.js';
import type { SqlSession } from '../session/sql-session.js';
import type { Change, Edit } from './change.js';
import { readBodies } from './checks/judge-rows.js';
import { contentOf } from './contents/made-contents.js';
import { refuseMasked } from './checks/refuse-masked.js';
import { keyOf } from './resource-key.js';

/**
 * Makes and checks what edits lead to before their transaction begins, from the rows within their reach, without a lock. The
 * transaction makes it again for rows that have changed by then, and only it decides what is answered (docs/adr/0142).
 */
export async function prepareEdits(
  unshared: SqlSession,
  ready: Readiness,
  changes: readonly Change[],
): Promise<undefined> {
  const edits = changes.filter((change): change is Edit => change.kind === 'edit');
  const [first] = edits;
  if (!first) return undefined;
  const session = unshared.for(first.access.askedBy);
  await ready.toJudge(edits.map(({ access }) => access));
  const also = edits.flatMap(({ type, id, alsoWithin }) => (alsoWithin ? [{ type, id, access: alsoWithin }] : []));
  const bodies = await readBodies(session, edits);
  const alsoReached = also.length === 0 ? bodies : await readBodies(session, also);
  for (const edit of edits) {
    const body = bodies.get(keyOf(edit));
    if (!body || (edit.alsoWithin && !alsoReached.has(keyOf(edit)))) continue;
    if (!refuseMasked(edit.access, { type: edit.type, id: edit.id, body }, false)) await contentOf(edit, body);
  }
  return undefined;
}
