import { confirm } from '../../accesses.js';
import { appendStatement } from '../../audit/append-records.js';
import { AuditedWrites } from '../../audit/audited-writes.js';
import { isRetryable } from '../../session/database-failure.js';
import type { SqlSession } from '../../session/sql-session.js';
import { FhirError } from '../../../../r4/errors/fhir-error.js';
import { applyEdits } from '../apply-edits.js';
import { ChangesFailed, type Edit, type Update, type Written } from '../change.js';
import type { Guesses } from '../guesses.js';
import type { PlannedChange, PlannedContent } from '../next-version.js';
import { type InTheWay, mayOverwrite, overwrite } from './overwrite.js';
import { replaceStatement } from './replace-statement.js';
import type { ResourceRows } from '../resource-row.js';
import type { NoneDenies } from './row-statements.js';
import { type SeenVersion, seeVersion } from '../seen-version.js';
import { buildRow, rowsOf } from '../contents/store-content.js';
import { withoutUnread } from '../unread-versions.js';
import { decideNext } from '../write-changes.js';

/**
 * An update or edit that stands alone, in two statements: one reads the version, and stores the next one where its number is all that counts; the other stores
 * what was decided on it, unless it has been replaced in between. Undefined where that is so, and where more has to be judged than the rows before and after: nothing
 * is stored then, and the transaction decides. Refusals that the version itself gives reason for are thrown.
 */
export async function replaceAtOnce(
  session: SqlSession,
  rows: ResourceRows,
  change: Update | Edit,
  guesses: Guesses,
): Promise<Written | undefined> {
  try {
    return await replaced(session, rows, change, guesses);
  } catch (error) {
    if (isRetryable(error)) return undefined;
    throw error;
  }
}

async function replaced(
  session: SqlSession,
  rows: ResourceRows,
  change: Update | Edit,
  guesses: Guesses,
): Promise<Written | undefined> {
  const done = mayOverwrite(change) ? await overwrite(session, rows, change, guesses) : undefined;
  if (!done) return decided(session, rows, change, await seeVersion(session, change, guesses.consents));
  const written = 'written' in done ? done.written : await decidedThen(session, rows, change, done);
  if (written) guesses.repeated.note(change.type, written.unchanged === true);
  return written;
}

/** On what stood in the way; of what stays unchanged no further statement tells. */
async function decidedThen(
  session: SqlSession,
  rows: ResourceRows,
  change: Update | Edit,
  { seen, noneDenies }: InTheWay,
): Promise<Written | undefined> {
  const written = await decided(session, rows, change, seen);
  return written && { ...written, noneDenies: written.noneDenies ?? noneDenies };
}

async function decided(
  session: SqlSession,
  rows: ResourceRows,
  change: Update | Edit,
  seen: SeenVersion | undefined,
): Promise<Written | undefined> {
  if (!seen && !change.access.unrestricted) return undefined;
  const plan = planOf(rows, change, seen);
  return plan && store(session, rows, plan);
}

function planOf(rows: ResourceRows, change: Update | Edit, seen: SeenVersion | undefined): PlannedChange | undefined {
  const isReadable = seen?.isReadable ?? true;
  const standing = {
    current: seen?.version,
    isVisible: seen !== undefined,
    isReadable,
    mayBeAbsent: change.kind === 'update',
  };
  const next = decideNext(change, standing, rows.stamps.now());
  if (next instanceof FhirError) throw new ChangesFailed([{ index: 0, error: next }]);
  if ('unchanged' in next) return undefined;
  return { index: 0, change, next, tells: isReadable };
}

async function store(session: SqlSession, rows: ResourceRows, plan: PlannedChange): Promise<Written | undefined> {
  try {
    const [content] = await applyEdits([plan]);
    return await storeContent(session, rows, content!);
  } catch (error) {
    throw withoutUnread(error, [plan]);
  }
}

async function storeContent(
  session: SqlSession,
  rows: ResourceRows,
  content: PlannedContent,
): Promise<Written | undefined> {
  const { access } = content.change;
  const { indexedBy } = rows;
  const row = await buildRow(rows, content);
  const audited = new AuditedWrites();
  audited.note(access.trail, [row.written]);
  const [entry] = audited.entries();
  // An edit may have taken long, or the process has stood still meanwhile: what is stored is permitted now.
  await confirm([access]);
  const stored = rowsOf(row);
  if (stored) {
    const { change: key, next } = content;
    const replacement = { key, replaced: next.previous?.versionId, content: access.ofContent, entry };
    const [found] = await session.rows<NoneDenies & Record<string, unknown>>(
      replaceStatement(stored, indexedBy, replacement),
    );
    if (!found) return undefined;
    audited.committed();
    return { ...row.written, noneDenies: found.noneDenies };
  }
  if (entry !== undefined) await session.count(appendStatement([entry]));
  audited.committed();
  return row.written;
}
