import { tenant } from '../session/tenant-parameter.js';
import type { SqlSession } from '../session/sql-session.js';
import { endUploads } from '../binary/binary-statements.js';
import { JobLost, type TakenJob } from './job.js';

/** Parts of a manifest (https://hl7.org/fhir/uv/bulkdata/export.html); `input`: what an import was sent, which is handed out to nobody. */
export type FileKind = 'output' | 'deleted' | 'error' | 'input';

/** Versions of one type that are to be written, as they were in the snapshot. */
export interface JobChunk {
  readonly chunk: number;
  readonly kind: FileKind;
  readonly type: string;
  /** Hash of the access that found them. */
  readonly fingerprint: string;
  readonly ids: readonly string[];
  readonly versions: readonly number[];
  readonly bytes: number;
  /** Of each version, where the chunk is of several types and organized by patients, as `Patient/p1`. */
  readonly types?: readonly string[] | null;
  readonly patients?: readonly string[] | null;
}

/** A file that a job has written. */
export interface JobFile {
  readonly file: number;
  readonly kind: FileKind;
  readonly type: string;
  readonly fingerprint: string;
  readonly resources: number;
  readonly size: number;
  readonly contentId: string;
  /** The record that ends it goes on in the next file. */
  readonly continues?: boolean;
  /** Bytes of its parts, where the database has made them; absent or null: of the usual size. */
  readonly partSizes?: readonly number[] | null;
}

/** How far a job is. */
export interface JobPlan {
  /** Instant of the snapshot; null until it was taken. */
  readonly planned: Date | null;
  readonly remarks: string | null;
  readonly resources: number;
  readonly bytes: number;
  readonly totalResources: number;
  readonly totalBytes: number;
}

export async function planOf(session: SqlSession, { id }: Pick<TakenJob, 'id'>): Promise<JobPlan> {
  const [plan] = await session.rows<JobPlan & Record<string, unknown>>({
    text: `
      SELECT planned, remarks, resources::float8 AS resources, bytes::float8 AS bytes,
        coalesce(total_resources, 0)::float8 AS "totalResources", coalesce(total_bytes, 0)::float8 AS "totalBytes"
      FROM job WHERE tenant = ${tenant} AND id = $1::text`,
    values: [id],
  });
  if (!plan) throw new JobLost();
  return plan;
}

/** Ends the planning, in its transaction. Throws {@link JobLost}. */
export async function setPlanned(
  session: SqlSession,
  { id, fence }: TakenJob,
  { planned, remarks }: { readonly planned: string; readonly remarks: string },
): Promise<void> {
  const changed = await session.count({
    text: `
      UPDATE job SET plan = $2::integer, planned = $3::timestamptz, remarks = $4::text, total_resources = whole.resources, total_bytes = whole.bytes
      FROM (SELECT coalesce(sum(cardinality(ids)), 0) AS resources, coalesce(sum(bytes), 0) AS bytes
        FROM job_chunk WHERE tenant = ${tenant} AND job = $1::text AND plan = $2::integer) AS whole
      WHERE tenant = ${tenant} AND id = $1::text AND fence = $2::integer AND state = 'running'`,
    values: [id, fence, planned, remarks],
  });
  if (changed === 0) throw new JobLost();
}

/** The first chunk after another one. `isBare`: without ids and versions, unless it is of Binaries or by patient. */
export async function nextChunk(
  session: SqlSession,
  { id }: TakenJob,
  { after, isBare }: { readonly after: number; readonly isBare: boolean },
): Promise<JobChunk | undefined> {
  const isLeftOut = `$3::boolean AND c.kind = 'output' AND c.type <> 'Binary' AND c.patients IS NULL`;
  const [chunk] = await session.rows<JobChunk & Record<string, unknown>>({
    text: `
      SELECT c.chunk, c.kind, c.type, c.fingerprint, c.bytes::float8 AS bytes, c.types, c.patients,
        CASE WHEN ${isLeftOut} THEN '{}' ELSE c.ids END AS ids, CASE WHEN ${isLeftOut} THEN '{}' ELSE c.versions END AS versions
      FROM job AS j JOIN job_chunk AS c ON c.tenant = j.tenant AND c.job = j.id AND c.plan = j.plan
      WHERE j.tenant = ${tenant} AND c.tenant = ${tenant} AND j.id = $1::text AND c.chunk > $2::integer
      ORDER BY c.chunk LIMIT 1`,
    values: [id, after, isBare],
  });
  return chunk;
}

/** Written resources, and the chunks that they are of. */
export interface WrittenFile extends Omit<JobFile, 'file'> {
  readonly chunks: readonly number[];
  readonly bytes: number;
  /** Lines beside those of resources. */
  readonly headers?: number;
}

/**
 * Adds a file to a job and takes its chunks off, all or nothing: whoever takes the job over goes on behind it. An empty one has no
 * content and is not added. Throws {@link JobLost}.
 */
export async function addFile(session: SqlSession, { id, fence }: TakenJob, written: WrittenFile): Promise<void> {
  const {
    kind,
    type,
    fingerprint,
    resources,
    size,
    contentId,
    chunks,
    bytes,
    headers = 0,
    continues = false,
    partSizes,
  } = written;
  await session.transaction(async (tx) => {
    // A job that makes progress is no job that brings servers down.
    const held = await tx.count({
      text: `
        UPDATE job SET attempts = 1, resources = resources + $3::bigint, bytes = bytes + $4::bigint
        WHERE tenant = ${tenant} AND id = $1::text AND fence = $2::integer AND state = 'running'`,
      values: [id, fence, kind === 'error' || kind === 'input' ? 0 : resources, bytes],
    });
    if (held === 0) throw new JobLost();
    if (size > 0) {
      await tx.count({
        text: `
          INSERT INTO job_file (tenant, job, file, kind, type, fingerprint, resources, size, content_id, continues, part_sizes)
          SELECT ${tenant}, $1::text, (SELECT coalesce(max(file), 0) + 1 FROM job_file WHERE tenant = ${tenant} AND job = $1::text),
            $2::text, $3::text, $4::text, $5::bigint, $6::bigint, $7::uuid, $8::boolean, nullif($9::integer[], '{}')`,
        values: [id, kind, type, fingerprint, resources + headers, size, contentId, continues, partSizes ?? []],
      });
      await tx.count(endUploads([contentId]));
    }
    await tx.count({
      text: `
        DELETE FROM job_chunk AS c USING job AS j WHERE c.tenant = ${tenant} AND j.tenant = ${tenant} AND j.id = $1::text
          AND c.job = $1::text AND c.plan = j.plan AND c.chunk = ANY ($2::integer[])`,
      values: [id, chunks],
    });
  });
}

const fileColumns = `f.file, f.kind, f.type, f.fingerprint, f.resources::float8 AS resources, f.size::float8 AS size, f.content_id AS "contentId", f.continues, f.part_sizes AS "partSizes"`;

export const filesOf = (session: SqlSession, { id }: Pick<TakenJob, 'id'>): Promise<readonly JobFile[]> =>
  session.rows<JobFile & Record<string, unknown>>({
    text: `SELECT ${fileColumns} FROM job_file AS f WHERE f.tenant = ${tenant} AND f.job = $1::text ORDER BY f.file`,
    values: [id],
  });

/** Takes the files off a job that is at work; their bytes go as those of uploads that nobody has finished. */
export async function dropFiles(session: SqlSession, { id, fence }: TakenJob): Promise<void> {
  await session.count({
    text: `
      WITH files AS (DELETE FROM job_file AS part WHERE part.tenant = ${tenant} AND part.job = $1::text AND EXISTS (
        SELECT FROM job AS j WHERE j.tenant = ${tenant} AND j.id = $1::text AND j.fence = $2::integer AND j.state = 'running')
        RETURNING part.content_id)
      INSERT INTO binary_upload (tenant, content_id, began) SELECT ${tenant}, content_id, now() - interval '2 days' FROM files`,
    values: [id, fence],
  });
}

/** A file of a job of this caller. */
export async function findFile(
  session: SqlSession,
  { job, file, caller }: { readonly job: string; readonly file: number; readonly caller: string },
): Promise<JobFile | undefined> {
  const [found] = await session.rows<JobFile & Record<string, unknown>>({
    text: `
      SELECT ${fileColumns} FROM job_file AS f JOIN job AS j ON j.tenant = f.tenant AND j.id = f.job
      WHERE f.tenant = ${tenant} AND j.tenant = ${tenant} AND f.job = $1::text AND f.file = $2::integer AND j.caller = $3::text AND f.kind <> 'input'`,
    values: [job, file, caller],
  });
  return found;
}
