import { Refused } from '../../../refusal/refusal.js';
import { grantsKey, liftOwner } from '../../../scope/grant.js';
import { FhirError } from '../../../r4/errors/fhir-error.js';
import { type Change, type ChangeFailure, ChangesFailed, type Edit, type Update } from './change.js';
import type { SqlSession } from '../session/sql-session.js';
import { judgeRows } from './checks/judge-rows.js';
import type { PlannedChange } from './next-version.js';
import { keyOf } from './resource-key.js';

/** 422: writing does not imply reading, and a reason would tell what is stored (ADR 35). */
class UnreadEditFailed extends FhirError {
  readonly status = 422;
  constructor({ type, id }: Edit) {
    super({
      code: 'business-rule',
      diagnostics:
        `The change cannot be made to ${type}/${id} as it is stored, or its result must not be stored. Why is told to who may ` +
        `read it: request the permission to read (r) on ${type} as well, or send the whole content with PUT.`,
    });
  }
}

/** The resources among those within reach of their change whose content is not for the caller to know. */
export async function unreadKeys(session: SqlSession, changes: readonly Change[]): Promise<ReadonlySet<string>> {
  const replacing = changes.filter((change) => change.kind === 'update' || change.kind === 'edit');
  const asked = replacing.flatMap((change) =>
    change.reading && !isAsWide(change) ? [{ type: change.type, id: change.id, access: change.reading }] : [],
  );
  const readable = asked.length > 0 ? await judgeRows(session, asked) : new Map();
  return new Set(
    replacing.filter((change) => !isAsWide(change) && !readable.has(keyOf(change))).map((change) => keyOf(change)),
  );
}

/** True if reading reaches all rows that the change does, so that no row has to be judged. */
export const isAsWide = ({ access, reading }: Update | Edit): boolean =>
  reading !== undefined &&
  (reading.unrestricted || grantsKey(reading.grants) === grantsKey(access.grants.map(liftOwner)));

/** The error without what it would tell of versions that the caller may not read. */
export function withoutUnread(error: unknown, plans: readonly PlannedChange[]): unknown {
  if (!(error instanceof ChangesFailed)) return error;
  const unread = new Map(
    plans.flatMap(({ index, change, tells }) => (change.kind === 'edit' && !tells ? [[index, change]] : [])),
  );
  if (unread.size === 0) return error;
  const silent = ({ index, error: one }: ChangeFailure): ChangeFailure => {
    const edit = unread.get(index);
    // A refusal is made of the caller's own limits.
    return edit && !(one instanceof Refused) && one.status < 500
      ? { index, error: new UnreadEditFailed(edit) }
      : { index, error: one };
  };
  return new ChangesFailed(error.failures.map(silent) as [ChangeFailure, ...ChangeFailure[]]);
}
