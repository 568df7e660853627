import { TenantLimitReached } from '../../../../database/tenants/tenant-limit-reached.js';
import { codeOf } from '../../../../database/database-away.js';
import { isAnyVersion, versionsOfTags } from '../../../../r4/rest/entity-tag.js';
import { versionKey } from '../../../../scope/access-trail.js';
import { confirm } from '../../accesses.js';
import { AuditedWrites } from '../../audit/audited-writes.js';
import type { WithoutConsents } from '../../consent/without-consents.js';
import type { ContentRow } from '../../reading/stored-version.js';
import type { SqlSession } from '../../session/sql-session.js';
import type { Edit, Update, Written } from '../change.js';
import type { Guesses } from '../guesses.js';
import { type ResourceRows, unchangedVersion } from '../resource-row.js';
import { reachesAll, type SeenVersion, seenRow } from '../seen-version.js';
import { noNumber, numbered, type UnnumberedRow } from '../unnumbered-row.js';
import { type Overwriting, overwriteStatement } from './overwrite-statement.js';
import { repeatStatement } from './repeat-statement.js';
import type { NoneDenies } from './row-statements.js';

/** The version that was not replaced. */
export interface InTheWay extends NoneDenies {
  readonly seen: SeenVersion;
}

/** The version that was stored or stays, or the one that stands in the way. */
type Overwritten = { readonly written: Written } | InTheWay;

type OverwrittenRow = { readonly stored: number | null } & NoneDenies & ContentRow;
type RepeatedRow = { readonly isSame: boolean } & NoneDenies & ContentRow;

/**
 * True if no row has to be judged for the change where no Consent denies anything, nothing of its type is masked, and neither a patch nor a list of versions
 * looks at the one before. What a condition has matched need not be read again where no row is ever judged.
 */
export const mayOverwrite = (change: Update | Edit): change is Update =>
  change.kind === 'update' &&
  change.ifNoneMatch === undefined &&
  !(change.matched && (change.ifMatch !== undefined || reachesAll(change))) &&
  change.access.withoutConsent.unrestricted &&
  change.reading?.withoutConsent.unrestricted === true &&
  isShownWhole(change);

/** Of a resource that holds no others. */
const isShownWhole = ({ access, type }: Update): boolean =>
  access.maskOf(type).length === 0 && access.hiding?.appliesTo(type) !== true;

/** An update as it is sent, and its audit record. */
interface Sent extends Omit<Overwriting, 'key'> {
  readonly key: Update;
  readonly audited: AuditedWrites;
}

/**
 * An update that stands alone, in one statement (docs/adr/0161). Nothing is stored where the version before has labels to keep or holds other resources, is deleted, is not the one
 * that was named, or has the same content: whoever asked decides on what was seen. Undefined: nothing is stored or known.
 */
export async function overwrite(
  session: SqlSession,
  rows: ResourceRows,
  change: Update,
  { consents, repeated }: Guesses,
): Promise<Overwritten | undefined> {
  const sent = sentOf(rows, change, consents);
  if (!sent) return undefined;
  const seen = repeated.isRepeated(change.type) ? await repeat(session, rows, sent) : undefined;
  if (seen || !hasRoom(rows, change, sent.row)) return seen;
  const found = await replace(session, rows, sent);
  if (!found) return undefined;
  const { stored, noneDenies } = found;
  if (sent.premise !== undefined && !noneDenies) consents.noteDenied();
  if (stored === null) return seenBy(change, found);
  sent.audited.committed();
  const written = { ...writtenVersion(change, sent.row, stored), noneDenies };
  rows.told(written, true);
  return { written };
}

/** Undefined where it cannot be sent so. */
function sentOf(rows: ResourceRows, change: Update, consents: WithoutConsents): Sent | undefined {
  const { access, reading } = change;
  const lift = consents.lift(reading ? [access, reading] : [access]);
  const row = lift && rows.unnumbered(change);
  const audited = new AuditedWrites();
  audited.note(access.trail, [{ ...change, versionId: noNumber }]);
  const entry = aroundNumber(audited.entries(), change);
  const expected = expectedOf(change);
  if (!row || !entry || expected === '') return undefined;
  return { key: change, row, expected, premise: lift.premise, entry, audited };
}

/** The version that stays, as it has the same text, or the one that stands in the way; undefined where nothing is seen. */
async function repeat(session: SqlSession, rows: ResourceRows, sent: Sent): Promise<Overwritten | undefined> {
  const { key: change, audited } = sent;
  await confirm([change.access]);
  const [found] = await session.rows<RepeatedRow>(repeatStatement(sent));
  if (!found) return undefined;
  const { noneDenies, isSame } = found;
  const seen = seenRow(change, { ...found, readable: true });
  if (!isSame) return { noneDenies, seen };
  audited.committed();
  const written = { ...unchangedVersion(seen.version, change.remarks ?? []), noneDenies };
  rows.told(written);
  return { written };
}

/** Undefined where no row is within reach, there or not. */
const seenBy = (change: Update, found: OverwrittenRow): Overwritten | undefined =>
  found.versionId === null
    ? undefined
    : { noneDenies: found.noneDenies, seen: seenRow(change, { ...found, readable: true }) };

/** Documents that PostgreSQL cannot compare: a number is beyond its own, or one is not JSON as it reads it. */
const incomparable: ReadonlySet<string> = new Set(['22003', '22P02']);

/** The number that the version before has to have; undefined: any. Empty where that is no single number: the server compares then. */
function expectedOf({ matched, ifMatch }: Update): string | undefined {
  if (matched) return String(matched.versionId);
  if (ifMatch === undefined) return undefined;
  const [version = '', ...more] = isAnyVersion(ifMatch) ? [] : versionsOfTags(ifMatch);
  return more.length === 0 ? version : '';
}

async function replace(
  session: SqlSession,
  { indexedBy }: ResourceRows,
  sent: Sent,
): Promise<OverwrittenRow | undefined> {
  await confirm([sent.key.access]);
  try {
    return (await session.rows<OverwrittenRow>(overwriteStatement(sent, indexedBy)))[0];
  } catch (error) {
    if (incomparable.has(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}

function writtenVersion({ type, id, remarks = [] }: Update, row: UnnumberedRow, versionId: number): Written {
  const { lastUpdated } = row;
  const body = numbered(row, versionId);
  return { type, id, versionId, lastUpdated, deleted: false, body, method: 'PUT', created: versionId === 1, remarks };
}

/** More digits than numbers have: what is stored takes no more room than this. */
const longestNumber = 9_999_999_999;

/** True if the tenant may store one more, of which nobody knows yet whether it is. */
function hasRoom(rows: ResourceRows, change: Update, row: UnnumberedRow): boolean {
  try {
    rows.told({ ...writtenVersion(change, row, longestNumber), created: true });
    return true;
  } catch (error) {
    if (error instanceof TenantLimitReached) return false;
    throw error;
  }
}

/** Audit record before and behind the number of the version; undefined where it has another place like that. */
function aroundNumber([entry]: readonly string[], { type, id }: Update): Overwriting['entry'] | undefined {
  if (entry === undefined) return ['', ''];
  const key = versionKey({ type, id, versionId: noNumber });
  const [before, behind, ...more] = entry.split(`"written":["${key}"]`);
  if (behind === undefined || more.length > 0) return undefined;
  return [`${before}"written":["${key.slice(0, -String(noNumber).length)}`, `"]${behind}`];
}
