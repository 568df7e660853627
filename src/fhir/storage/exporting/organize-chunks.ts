import { unitSeparator } from '../../../r4/search/index/index-values.js';
import { wholeRowsOf } from '../partitions.js';
import { BindParameters, type Statement } from '../session/statement.js';
import { tenant } from '../session/tenant-parameter.js';
import { type ChunkPlace, sizeOf } from './plan-chunks.js';

/** Types whose versions a plan has, and how chunks of them together are handed out. */
export interface Organized {
  readonly types: readonly string[];
  /** `type` and `fingerprint` of the chunks. */
  readonly type: string;
  readonly fingerprint: string;
}

/** Versions of one type that are in the record of no patient of the plan. */
export interface Unplaced {
  readonly type: string;
  readonly count: number;
}

/** Bytes of one chunk: it is read with a statement for each type in it, and some of them are in memory at once. */
const chunkBytes = 4 * 1024 ** 2;

const ofPlan = (alias: string, { job, plan }: ChunkNames): string =>
  `${alias}.tenant = ${tenant} AND ${alias}.job = ${job} AND ${alias}.plan = ${plan}`;

interface ChunkNames {
  readonly job: string;
  readonly plan: string;
}

const namesOf = ({ job, plan }: ChunkPlace, parameters: BindParameters): ChunkNames => ({
  job: parameters.add(job, 'text'),
  plan: parameters.add(plan, 'integer'),
});

/**
 * Adds the versions that chunks of one type have, in blocks of patients: the Patient first, then what is in the record. Patients are
 * those of chunks of the kind `block`, so that nobody is named who is out of reach. A version that is in two records is in two blocks.
 * A chunk begins with a block, unless the block alone is larger than {@link chunkBytes}.
 */
export function organizeChunks(place: ChunkPlace, { types, type, fingerprint }: Organized): Statement {
  const parameters = new BindParameters();
  const chunks = namesOf(place, parameters);
  const start = parameters.add(`target${unitSeparator}`, 'text');
  const head = `JOIN heads AS h ON h.patient = own.patient`;
  const first = parameters.add(place.first, 'integer');
  const values = [parameters.add(type, 'text'), parameters.add(fingerprint, 'text')];
  return {
    text: `
      WITH heads AS MATERIALIZED (SELECT DISTINCT 'Patient/' || one AS patient FROM job_chunk AS c CROSS JOIN LATERAL unnest(c.ids) AS one
          WHERE ${ofPlan('c', chunks)} AND c.kind = 'block'),
        found AS MATERIALIZED (${types.map((one) => foundOf(one, chunks, parameters)).join(' UNION ALL ')}),
        pairs AS (
          SELECT h.patient, f.type, f.id, f.version, f.size FROM found AS f CROSS JOIN LATERAL unnest(f.compartments) AS own (patient) ${head}
          UNION SELECT h.patient, p.type, p.id, p.version, p.size FROM found AS p CROSS JOIN LATERAL unnest(p.val) AS val (entry)
            JOIN found AS f ON val.entry = ${start} || f.type || '/' || f.id CROSS JOIN LATERAL unnest(f.compartments) AS own (patient) ${head}
            WHERE p.type = 'Provenance'),
        blocks AS (SELECT *, sum(size) OVER (PARTITION BY patient ORDER BY ${order} ROWS UNBOUNDED PRECEDING) - size AS before FROM pairs),
        begun AS (SELECT *, sum(size) OVER (ORDER BY patient, ${order} ROWS UNBOUNDED PRECEDING) - size - before AS began FROM blocks),
        placed AS (SELECT *, floor(began / ${chunkBytes}) AS part, floor(before / ${chunkBytes}) AS piece FROM begun)
      INSERT INTO job_chunk (tenant, job, plan, chunk, kind, type, fingerprint, ids, versions, types, patients, bytes)
      SELECT ${tenant}, ${chunks.job}, ${chunks.plan}, ${first} + row_number() OVER (ORDER BY part, piece), 'output', ${values.join(', ')},
        ${['id', 'version', 'type', 'patient'].map((one) => `array_agg(${one} ORDER BY patient, ${order})`).join(', ')}, sum(size)
      FROM placed GROUP BY part, piece`,
    values: parameters.values,
  };
}

const order = `type <> 'Patient', type, id`;

function foundOf(type: string, chunks: ChunkNames, parameters: BindParameters): string {
  const name = parameters.add(type, 'text');
  return (
    `SELECT ${name} AS type, r.id, r.version, r.compartments, ${type === 'Provenance' ? 'r.val' : 'NULL::text[]'} AS val, ${sizeOf('r')} AS size ` +
    `FROM job_chunk AS c CROSS JOIN LATERAL unnest(c.ids) AS one (id) ` +
    `JOIN ${wholeRowsOf(type)} AS r ON r.tenant = ${tenant} AND r.type = ${name} AND r.id = one.id ` +
    `WHERE ${ofPlan('c', chunks)} AND c.kind = 'output' AND c.types IS NULL AND c.type = ${name}`
  );
}

/** Counts versions of one type that are in no block. */
export function unplacedVersions(place: ChunkPlace): Statement {
  const parameters = new BindParameters();
  const chunks = namesOf(place, parameters);
  return {
    text: `
      SELECT type, count(*)::integer AS count FROM (
        SELECT c.type, one.id FROM job_chunk AS c CROSS JOIN LATERAL unnest(c.ids) AS one (id)
          WHERE ${ofPlan('c', chunks)} AND c.kind = 'output' AND c.types IS NULL
        EXCEPT SELECT one.type, one.id FROM job_chunk AS c CROSS JOIN LATERAL unnest(c.types, c.ids) AS one (type, id)
          WHERE ${ofPlan('c', chunks)} AND c.types IS NOT NULL) AS unplaced
      GROUP BY type ORDER BY type`,
    values: parameters.values,
  };
}

/** Removes the chunks that blocks were made of. */
export function removeUnorganized(place: ChunkPlace): Statement {
  const parameters = new BindParameters();
  const chunks = namesOf(place, parameters);
  return {
    text: `DELETE FROM job_chunk AS c WHERE ${ofPlan('c', chunks)} AND c.types IS NULL AND c.kind IN ('output', 'block')`,
    values: parameters.values,
  };
}
