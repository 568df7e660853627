import { wholeRowsOf } from '../partitions.js';
import type { JobChunk } from '../jobs/job-files.js';
import type { TakenJob } from '../jobs/job.js';
import type { SqlSession } from '../session/sql-session.js';
import type { Statement } from '../session/statement.js';
import { tenant } from '../session/tenant-parameter.js';
import { chunkOfJob, distinctPatients, versionsOfChunk } from './stored-lines.js';
import { bodiesOf } from './wanted-versions.js';

/** A chunk of one type whose lines the database keeps as a part of a content. */
export interface KeptLines {
  readonly resources: number;
  /** Bytes of the part; 0: there is none. */
  readonly size: number;
  /** A resource of an earlier release has a line break, so that nothing was kept. */
  readonly isBroken: boolean;
  /** References of the patients in whose records they are, with commas between; where a resource is in several records, some are repeated. */
  readonly patients: string;
  /** Nothing was kept, since the upload was given up. */
  readonly isGivenUp: boolean;
}

/** Where the lines of a file are kept. */
export interface KeptContent {
  readonly contentId: string;
  readonly hasLz4: boolean;
}

/** Where the lines of a chunk are kept. */
export interface KeptPart extends KeptContent {
  readonly part: number;
}

/** True where PostgreSQL was built with LZ4, which costs a seventh of what PostgreSQL compresses by otherwise (docs/adr/0166). */
export const offersLz4 = `EXISTS (SELECT FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals))`;

/**
 * The commit of a part waits for no disk: that of the transaction which adds the file to its job waits for all before it, and without that one the part is of no
 * file.
 */
const unhurried = `set_config('synchronous_commit', 'off', true)`;

/** Blocks of 1 kB: more than PostgreSQL has in memory of a chunk at once, and less than the 32 MB that glibc looks at. */
const roomOfChunk = 24 * 1024;
/** Once for each connection: after so large a block was freed, glibc keeps the memory of texts for the next ones (docs/adr/0157). */
const roomy =
  `octet_length(repeat(repeat(' ', 1024), CASE WHEN current_setting('lanyard.roomy', true) = 'on' THEN 0 ELSE ${roomOfChunk} END)), ` +
  `set_config('lanyard.roomy', 'on', false)`;
/** The block costs as much as it saves with one part. */
const firstParts = 2;

const byLz4 = `set_config('default_toast_compression', 'lz4', true)`;

const beginOf = ({ part, hasLz4 }: KeptPart): Statement => ({
  text: `SELECT ${[unhurried, ...(part < firstParts ? [] : [roomy]), ...(hasLz4 ? [byLz4] : [])].join(', ')}`,
  values: [],
});

/** Keeps the lines of a chunk without a way through the server (docs/adr/0148). */
export async function keepLines(
  session: SqlSession,
  job: TakenJob,
  chunk: Pick<JobChunk, 'chunk' | 'type'>,
  part: KeptPart,
): Promise<KeptLines> {
  return session.transaction(async (tx) => {
    await tx.rows(beginOf(part));
    const keep = async (found: Found): Promise<KeptRow> =>
      (await tx.rows<KeptRow & Record<string, unknown>>(keptLines(found, job, chunk, part)))[0]!;
    const kept = await keep(neighbours(chunk.type));
    return kept.isChunk ? kept : keep(wanted(chunk.type));
  });
}

interface KeptRow extends KeptLines {
  /** True if the rows found are those of the chunk; otherwise nothing was kept. */
  readonly isChunk: boolean;
}

/** Versions with `id`, `version`, `body` and `patients`. */
interface Found {
  readonly from: string;
  /** Condition on all of them: they are those of the chunk. */
  readonly isChunk: string;
}

/** Each version of the chunk by its id. */
const wanted = (type: string): Found => ({
  from: `${bodiesOf(versionsOfChunk, type)} ORDER BY wanted.place`,
  isChunk: 'true',
});

/** Rows that are looked at first: others among them tell that the chunk has not all of its range. */
const tried = 32;

/** All that is stored between the first id of the chunk and its last one, by one walk through an index (docs/adr/0153). */
function neighbours(type: string): Found {
  const range = (columns: string, most: string): string =>
    `SELECT ${columns} FROM ${wholeRowsOf(type)} AS r WHERE r.tenant = ${tenant} AND r.type = $3::text AND NOT r.deleted ` +
    `AND r.id >= (SELECT ids[1] FROM chunk) AND r.id <= (SELECT ids[cardinality(ids)] FROM chunk) ${most}`;
  const first = `SELECT array_agg(one.id) FROM (${range('r.id', `ORDER BY r.id LIMIT ${tried}`)}) AS one`;
  const isAlike = `AND (${first}) = (SELECT ids[1:${tried}] FROM chunk)`;
  return {
    from: range(
      'r.id, r.version, r.body, r.compartments AS patients',
      `${isAlike} ORDER BY r.id LIMIT (SELECT cardinality(ids) + 1 FROM chunk)`,
    ),
    isChunk: 'array_agg(id) = (SELECT ids FROM chunk) AND array_agg(version) = (SELECT versions FROM chunk)',
  };
}

/** Each body is read from its place once: line breaks are looked for in the whole text. */
function keptLines(
  { from, isChunk }: Found,
  { id }: TakenJob,
  { chunk, type }: Pick<JobChunk, 'chunk' | 'type'>,
  { contentId, part }: KeptPart,
): Statement {
  return {
    text: `
      WITH chunk AS MATERIALIZED (SELECT c.ids, c.versions ${chunkOfJob}),
        made AS MATERIALIZED (
          SELECT count(*)::integer AS resources, string_agg(body, E'\\n') || E'\\n' AS lines, coalesce(${isChunk}, false) AS same,
            ${distinctPatients}
          FROM (${from}) AS found),
        judged AS MATERIALIZED (
          SELECT coalesce(strpos(lines, E'\\r') > 0 OR octet_length(replace(lines, E'\\n', '')) <> octet_length(lines) - resources, false) AS broken
          FROM made WHERE same),
        upload AS MATERIALIZED (
          SELECT u.tenant, u.content_id FROM binary_upload AS u WHERE u.tenant = ${tenant} AND u.content_id = $4::uuid FOR SHARE),
        stored AS (
          INSERT INTO binary_content (tenant, content_id, part, bytes)
          SELECT upload.tenant, upload.content_id, $5::integer, convert_to(made.lines, 'UTF8') FROM made CROSS JOIN judged CROSS JOIN upload
          WHERE made.resources > 0 AND made.same AND NOT judged.broken
          RETURNING octet_length(bytes) AS size)
      SELECT made.resources, made.same AS "isChunk", CASE WHEN made.same THEN made.patients ELSE '' END AS patients,
        coalesce((SELECT broken FROM judged), false) AS "isBroken", coalesce((SELECT size FROM stored), 0) AS size,
        NOT EXISTS (SELECT FROM upload) AS "isGivenUp"
      FROM made`,
    values: [id, chunk, type, contentId, part],
  };
}
