import type { JobChunk } from '../jobs/job-files.js';
import type { TakenJob } from '../jobs/job.js';
import type { SqlSession } from '../session/sql-session.js';
import type { Statement } from '../session/statement.js';
import { tenant } from '../session/tenant-parameter.js';
import { versionsOfChunk } from './stored-lines.js';
import { bodiesOf } from './wanted-versions.js';

/** A chunk of one type whose lines the database keeps as a part of a content. */
export interface KeptLines {
  readonly resources: number;
  /** Bytes of the part; 0: there is none. */
  readonly size: number;
  /** A resource of an earlier release has a line break, so that nothing was kept. */
  readonly isBroken: boolean;
  /** References of the patients in whose records they are, with commas between, repeated. */
  readonly patients: string;
  /** Nothing was kept, since the upload was given up. */
  readonly isGivenUp: boolean;
}

/** Where the lines of a chunk are kept. */
export interface KeptPart {
  readonly contentId: string;
  readonly part: number;
}

/** The text of a chunk stays in memory. */
const memory: Statement = { text: `SELECT set_config('work_mem', '32MB', true)`, values: [] };

/** Keeps the lines of a chunk without a way through the server (docs/adr/0148). */
export async function keepLines(
  session: SqlSession,
  job: TakenJob,
  chunk: Pick<JobChunk, 'chunk' | 'type'>,
  part: KeptPart,
): Promise<KeptLines> {
  return session.transaction(async (tx) => {
    await tx.rows(memory);
    const [kept] = await tx.rows<KeptLines & Record<string, unknown>>(keptLines(job, chunk, part));
    return kept!;
  });
}

function keptLines(
  { id }: TakenJob,
  { chunk, type }: Pick<JobChunk, 'chunk' | 'type'>,
  { contentId, part }: KeptPart,
): Statement {
  return {
    text: `
      WITH made AS MATERIALIZED (
          SELECT count(*)::integer AS resources, convert_to(string_agg(body, E'\\n') || E'\\n', 'UTF8') AS lines,
            coalesce(bool_or(strpos(body, E'\\n') > 0 OR strpos(body, E'\\r') > 0), false) AS broken,
            coalesce(string_agg(array_to_string(patients, ','), ',') FILTER (WHERE patients <> '{}'), '') AS patients
          FROM (${bodiesOf(versionsOfChunk, type)} ORDER BY wanted.place) AS found),
        upload AS MATERIALIZED (
          SELECT u.tenant, u.content_id FROM binary_upload AS u WHERE u.tenant = ${tenant} AND u.content_id = $4::uuid FOR SHARE),
        stored AS (
          INSERT INTO binary_content (tenant, content_id, part, bytes)
          SELECT upload.tenant, upload.content_id, $5::integer, made.lines FROM made CROSS JOIN upload
          WHERE made.resources > 0 AND NOT made.broken
          RETURNING octet_length(bytes) AS size)
      SELECT made.resources, made.patients, made.broken AS "isBroken", coalesce((SELECT size FROM stored), 0) AS size,
        NOT EXISTS (SELECT FROM upload) AS "isGivenUp"
      FROM made`,
    values: [id, chunk, type, contentId, part],
  };
}
