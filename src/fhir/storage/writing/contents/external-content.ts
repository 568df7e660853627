import { type ContentLink, contentOfVersions, endUploads, linkContents } from '../../binary/binary-statements.js';
import type { ExternalContent, Written } from '../change.js';
import type { SqlSession } from '../../session/sql-session.js';
import { UploadGivenUp } from '../../binary/upload-given-up.js';
import type { PlannedContent } from '../next-version.js';

/** Tells the changes of Binaries what is stored beside the versions they replace; an edit that makes no `data` keeps it. */
export async function carryContent(
  session: SqlSession,
  plans: readonly PlannedContent[],
): Promise<readonly PlannedContent[]> {
  const replaced = plans.flatMap(({ change, next }) =>
    change.type === 'Binary' && next.previous && !next.previous.deleted ? [next.previous] : [],
  );
  if (replaced.length === 0) return plans;
  const statement = contentOfVersions(
    replaced.map(({ id }) => id),
    replaced.map(({ versionId }) => versionId),
  );
  const rows = await session.rows<ExternalContent & { id: string }>(statement);
  const known = new Map(rows.map(({ id, contentId, size }) => [id, { contentId, size }]));
  return known.size === 0 ? plans : plans.map((plan) => carry(plan, known));
}

function carry(plan: PlannedContent, known: ReadonlyMap<string, ExternalContent>): PlannedContent {
  const { change, next } = plan;
  const previousContent = change.type === 'Binary' ? known.get(change.id) : undefined;
  if (!previousContent) return plan;
  const isKept = change.kind === 'edit' && change.resource['data'] === undefined;
  return {
    ...plan,
    change: isKept ? { ...change, external: previousContent } : change,
    next: { ...next, previousContent },
  };
}

/** Links the new versions with what is stored beside them. */
export async function linkContent(
  session: SqlSession,
  plans: readonly PlannedContent[],
  results: ReadonlyMap<number, Written>,
): Promise<void> {
  const stored = plans.filter(
    ({ index, change, next }) => change.external && results.get(index)?.versionId === next.versionId,
  );
  if (stored.length === 0) return;
  const uploads = stored.flatMap(({ change }) => (change.kind === 'edit' ? [] : [change.external!.contentId]));
  if (uploads.length > 0 && (await session.count(endUploads(uploads))) < uploads.length) throw new UploadGivenUp();
  await session.count(linkContents(stored.map(linkOf)));
}

const linkOf = ({ change: { id, external }, next: { versionId } }: PlannedContent): ContentLink => ({
  id,
  versionId,
  ...external!,
});
