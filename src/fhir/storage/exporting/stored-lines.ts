import type { JobChunk } from '../jobs/job-files.js';
import type { TakenJob } from '../jobs/job.js';
import type { Statement } from '../session/statement.js';
import { tenant } from '../session/tenant-parameter.js';
import { bodiesOf } from './wanted-versions.js';

/** The versions of a chunk as the lines of a file. */
export interface StoredLines {
  readonly resources: number;
  /** Each with its line break; resources of earlier releases may have others within. */
  readonly lines: Buffer;
  /** References of the patients in whose records they are, with commas between; where a resource is in several records, some are repeated. */
  readonly patients: string;
}

/** The chunk `$2` of the job `$1`, as `c`. */
export const chunkOfJob =
  `FROM job AS j JOIN job_chunk AS c ON c.tenant = j.tenant AND c.job = j.id AND c.plan = j.plan ` +
  `WHERE j.tenant = ${tenant} AND c.tenant = ${tenant} AND j.id = $1::text AND c.chunk = $2::integer`;

/** The versions of the chunk `$2` of the job `$1`, for `bodiesOf`. */
export const versionsOfChunk =
  `(SELECT c.ids, c.versions ${chunkOfJob}) AS chunk ` +
  `CROSS JOIN LATERAL unnest(chunk.ids, chunk.versions) WITH ORDINALITY AS wanted (id, version, place)`;

/** The column `patients` of a chunk: each list of patients once, however many resources have it (docs/adr/0168). */
export const distinctPatients = `coalesce(string_agg(DISTINCT array_to_string(patients, ',') COLLATE "C", ',') FILTER (WHERE patients <> '{}'), '') AS patients`;

/** A row of {@link StoredLines}: the texts of a chunk become one where they are, and no row of theirs comes to the server. */
export function storedLines({ id }: TakenJob, { chunk, type }: Pick<JobChunk, 'chunk' | 'type'>): Statement {
  return {
    text: `
      SELECT count(*)::text AS resources, coalesce(string_agg(body, E'\\n') || E'\\n', '') AS lines,
        ${distinctPatients}
      FROM (${bodiesOf(versionsOfChunk, type)} ORDER BY wanted.place) AS found`,
    values: [id, chunk, type],
  };
}

/** Reads the columns of {@link storedLines}. */
export const readStoredLines = ([resources, lines, patients]: readonly Buffer[]): StoredLines => ({
  resources: Number(resources),
  lines: lines!,
  patients: String(patients),
});
