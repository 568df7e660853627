import { historyTableOf, tableOf } from '../partitions.js';
import { removeAnyJob } from '../jobs/job.js';
import type { SqlSession } from '../session/sql-session.js';
import type { Statement } from '../session/statement.js';
import { tenant } from '../session/tenant-parameter.js';
import { groupByType, type ResourceKey } from '../writing/resource-key.js';
import type { ErasurePlan } from './erasure-plan.js';

/** Work that an erasure leaves, and the room that it gives back. */
export interface ErasedRows {
  /** Contents that no version has any more: they are uploads that were given up long ago, so that they go even if this server ends now. */
  readonly contents: readonly string[];
  /** Of versions and contents. */
  readonly bytes: number;
}

/** Removes all versions of resources that were deleted in the same transaction, with what is kept beside them. */
export async function eraseRows(session: SqlSession, plan: ErasurePlan): Promise<ErasedRows> {
  const { contents, bytes: ofContents } = await eraseContents(session, plan);
  let bytes = ofContents;
  for (const [type, keys] of groupByType(plan.resources)) {
    const ids = keys.map(({ id }) => id);
    for (const table of [historyTableOf(type), tableOf(type)])
      bytes += await eraseBodies(session, {
        text: `DELETE FROM ${table} WHERE tenant = ${tenant} AND type = $1::text AND id = ANY ($2::text[])`,
        values: [type, ids],
      });
    if (type === 'Consent')
      await session.count({
        text: `DELETE FROM consent_rule WHERE tenant = ${tenant} AND consent = ANY ($1::text[])`,
        values: [ids],
      });
    // Listeners are told of the deletion; of versions before it there is nothing left to tell.
    await session.count({
      text:
        `DELETE FROM outbox_event WHERE tenant = ${tenant} AND type = $1::text AND id = ANY ($2::text[]) ` +
        `AND interaction <> 'delete'`,
      values: [type, ids],
    });
  }
  for (const [type, versions] of groupByType(plan.superseded))
    bytes += await eraseBodies(session, {
      text:
        `DELETE FROM ${historyTableOf(type)} AS h USING unnest($2::text[], $3::integer[]) AS gone (id, version) ` +
        `WHERE h.tenant = ${tenant} AND h.type = $1::text AND h.id = gone.id AND h.version = gone.version`,
      values: [type, versions.map(({ id }) => id), versions.map(({ versionId }) => versionId)],
    });
  await eraseAnswers(session, plan.resources);
  return { contents, bytes };
}

/** Runs a DELETE. Returns the bytes of the bodies that went. */
async function eraseBodies(session: SqlSession, { text, values }: Statement): Promise<number> {
  const [row] = await session.rows<{ bytes: number }>({
    text: `WITH gone AS (${text} RETURNING body) SELECT coalesce(sum(octet_length(body)), 0)::float8 AS bytes FROM gone`,
    values,
  });
  return row!.bytes;
}

async function eraseContents(session: SqlSession, { resources }: ErasurePlan): Promise<ErasedRows> {
  const binaries = resources.filter(({ type }) => type === 'Binary').map(({ id }) => id);
  if (binaries.length === 0) return { contents: [], bytes: 0 };
  const gone = await session.rows<{ contentId: string; size: number }>({
    text:
      `DELETE FROM binary_version WHERE tenant = ${tenant} AND id = ANY ($1::text[]) ` +
      `RETURNING content_id::text AS "contentId", size::float8 AS size`,
    values: [binaries],
  });
  const given = await session.rows<{ contentId: string }>({
    text:
      `INSERT INTO binary_upload (tenant, content_id, began) SELECT DISTINCT ${tenant}, gone.id, '-infinity'::timestamptz ` +
      `FROM unnest($1::uuid[]) AS gone (id) WHERE NOT EXISTS (SELECT FROM binary_version AS v ` +
      `WHERE v.tenant = ${tenant} AND v.content_id = gone.id) RETURNING content_id::text AS "contentId"`,
    values: [gone.map(({ contentId }) => contentId)],
  });
  const contents = given.map(({ contentId }) => contentId);
  await session.count({
    text: `DELETE FROM binary_content WHERE tenant = ${tenant} AND content_id = ANY ($1::uuid[])`,
    values: [contents],
  });
  const sizes = new Map(gone.map(({ contentId, size }) => [contentId, size]));
  return { contents, bytes: contents.reduce((sum, contentId) => sum + sizes.get(contentId)!, 0) };
}

/** Answers kept for an Idempotency-Key: they name a resource. */
async function eraseAnswers(session: SqlSession, resources: readonly ResourceKey[]): Promise<void> {
  await session.count({
    text: `DELETE FROM idempotency_key WHERE tenant = ${tenant} AND answer ~ $1::text`,
    values: [idPattern(resources)],
  });
}

const escaped = (text: string): string => text.replaceAll('.', '\\.');
const idPattern = (keys: readonly ResourceKey[]): string =>
  `"id":"(${[...new Set(keys.map(({ id }) => escaped(id)))].join('|')})"`;

/** `Type/id` wherever it stands, and ids of resources that a text holds. */
function namePattern(keys: readonly ResourceKey[]): string {
  const names = keys.map(({ type, id }) => `${type}/${escaped(id)}`).join('|');
  return `(^|[^A-Za-z])(${names})($|[^A-Za-z0-9.-])`;
}

/** Keys that results of jobs are searched for. */
const mostSought = 2000;

/**
 * Jobs that may hold something of it: exports that have a file or a part of one of the types, imports that are done and whose files
 * are kept, and all whose request, submission, result or failures name a resource. Those of erasures are not looked at.
 */
export async function jobsHolding(session: SqlSession, { resources }: ErasurePlan): Promise<readonly string[]> {
  if (resources.length === 0) return [];
  const sought = resources.slice(0, mostSought);
  const rows = await session.rows<{ id: string }>({
    text: `
      SELECT j.id FROM job AS j WHERE j.tenant = ${tenant} AND j.operation IS DISTINCT FROM '$purge' AND (
        EXISTS (SELECT FROM job_file AS f WHERE f.tenant = ${tenant} AND f.job = j.id
          AND (string_to_array(f.type, ',') && $1::text[] OR (f.kind IN ('input', 'error') AND j.state = 'done')))
        OR EXISTS (SELECT FROM job_chunk AS c WHERE c.tenant = ${tenant} AND c.job = j.id AND c.ids && $2::text[]
          AND (c.type = ANY ($1::text[]) OR c.types && $1::text[]))
        OR EXISTS (SELECT FROM job_failure AS x WHERE x.tenant = ${tenant} AND x.job = j.id AND (x.outcome ~ $3::text OR x.outcome ~ $4::text))
        OR j.answer ~ $3::text OR j.request ~ $3::text OR j.answer ~ $4::text OR j.request ~ $4::text
        OR j.submission ~ $3::text OR j.submission ~ $4::text)`,
    values: [
      [...new Set(resources.map(({ type }) => type))],
      resources.map(({ id }) => id),
      namePattern(sought),
      idPattern(sought),
    ],
  });
  return rows.map(({ id }) => id);
}

export async function removeJobs(session: SqlSession, ids: readonly string[]): Promise<void> {
  for (const id of ids) await removeAnyJob(session, id);
}
