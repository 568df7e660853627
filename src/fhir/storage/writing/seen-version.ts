import type { Access } from '../../../scope/access.js';
import type { ConsentLift, WithoutConsents } from '../consent/without-consents.js';
import { tableOf } from '../partitions.js';
import { accessPredicate } from '../predicates/predicate.js';
import { type ContentRow, type StoredVersion, storedContent } from '../reading/stored-version.js';
import { currentStatement } from '../reading/version-statements.js';
import type { SqlSession } from '../session/sql-session.js';
import { BindParameters, type Statement } from '../session/statement.js';
import { tenant } from '../session/tenant-parameter.js';
import type { Edit, Update } from './change.js';
import { isAsWide } from './unread-versions.js';

/** The version that a change is decided on, without a lock. */
export interface SeenVersion {
  readonly version: StoredVersion;
  /** True if the caller may be told of its content. */
  readonly isReadable: boolean;
}

type SeenRow = ContentRow & { readonly readable?: boolean };

/** The row that is within reach of the change, in one statement unless some Consent denies something; none where a condition has read it already. */
export async function seeVersion(
  session: SqlSession,
  change: Update | Edit,
  consents: WithoutConsents,
): Promise<SeenVersion | undefined> {
  const { matched } = change;
  if (matched && reachesAll(change)) return { version: matched, isReadable: true };
  // As it was judged by the statement that was sent last, which is the one that tells.
  let judged: Update | Edit = change;
  const [row] = await consents.rows<SeenRow>(session, accessesOf(change), (lift) =>
    statementOf((judged = lifted(change, lift))),
  );
  return row && seenRow(judged, row);
}

const accessesOf = (change: Update | Edit): readonly Access[] =>
  [change.access, change.reading, alsoWithin(change)].filter((access) => access !== undefined);

/** The change by somebody whom no Consent concerns. */
function lifted<C extends Update | Edit>(change: C, lift: ConsentLift): C {
  const { access, reading } = change;
  const also = alsoWithin(change);
  const accesses = { access: lift(access), reading: reading && lift(reading), ...(also && { alsoWithin: lift(also) }) };
  return { ...change, ...accesses };
}

/** Of a row that is within reach of the change. */
export function seenRow(change: Update | Edit, row: SeenRow): SeenVersion {
  const { type, id } = change;
  const { versionId, lastUpdated, deleted, body, method, readable } = row;
  const version = { type, id, versionId, lastUpdated, deleted, body, method };
  return { version, isReadable: isAsWide(change) || readable === true };
}

const alsoWithin = (change: Update | Edit): Access | undefined =>
  change.kind === 'edit' ? change.alsoWithin : undefined;

/** True if no row has to be judged. */
export const reachesAll = (change: Update | Edit): boolean =>
  change.access.unrestricted && isAsWide(change) && !alsoWithin(change);

function statementOf(change: Update | Edit): Statement {
  const { type, id, access, reading } = change;
  if (reachesAll(change)) return currentStatement(access, id);
  const also = alsoWithin(change);
  const parameters = new BindParameters();
  const conditions = [
    `r.tenant = ${tenant}`,
    `r.type = ${parameters.add(type, 'text')}`,
    `r.id = ${parameters.add(id, 'text')}`,
    accessPredicate(access, 'r', parameters),
    ...(also ? [accessPredicate(also, 'r', parameters)] : []),
  ];
  const readable = reading && !isAsWide(change) ? accessPredicate(reading, 'r', parameters) : 'false';
  const text = `SELECT ${storedContent('r')}, ${readable} AS readable FROM ${tableOf(type)} AS r WHERE ${conditions.join(' AND ')}`;
  return { isPrepared: true, text, values: parameters.values };
}
