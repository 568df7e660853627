import type { Access } from '../../../scope/access.js';
import type { Criterion } from '../../../r4/search/query/criterion.js';
import { unitSeparator } from '../../../r4/search/index/index-values.js';
import { allOf } from '../predicates/conditions.js';
import { criteriaPredicate } from '../predicates/criterion-predicate.js';
import { accessPredicate, reachPredicate } from '../predicates/predicate.js';
import { wholeRowsOf } from '../partitions.js';
import type { AccessTo } from '../searching/search-groups.js';
import { isOfRecord, looksAtFew } from '../searching/selectivity.js';
import { BindParameters, type Statement } from '../session/statement.js';
import { tenant } from '../session/tenant-parameter.js';

/** Rows of one type that a job is to hand out. */
export interface ChosenRows {
  /** `block`: patients whose blocks an export that is organized by them has. */
  readonly kind: 'output' | 'deleted' | 'block';
  /** Both judge each row. */
  readonly accesses: readonly [Access<'s'>, Access<'r'>];
  /** Hash of the accesses. */
  readonly fingerprint: string;
  /** Alternatives, each a list of criteria that all must hold; empty: every row. */
  readonly alternatives: readonly (readonly Criterion[])[];
  /** Instants: changed after it, and before it. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** Records that the rows are of: any, or those of `Patient/id` references; absent: of any record and of none. */
  readonly records?: 'any' | readonly string[] | undefined;
  readonly ids?: readonly string[] | undefined;
  /** Provenances of what is handed out already: all, or the latest of each resource. */
  readonly about?: 'relevant' | 'latest' | undefined;
}

/** The plan of a job, and the first number of its chunks. */
export interface ChunkPlace {
  readonly job: string;
  readonly plan: number;
  readonly first: number;
}

/**
 * Bytes of one chunk, which is read in one go: some of them are in memory at once. What PostgreSQL makes of a smaller one stays in the caches of the processor, and
 * many take more statements.
 */
const chunkBytes = 2 * 1024 ** 2;
/** Bytes of a row beside its content. */
const rowBytes = 64;
/** Records that an index is asked for; more are compared with each row. */
const mostAsked = 500;
const targetEntry = `target${unitSeparator}`;

/**
 * Adds the rows to what the job is to write, in chunks of {@link chunkBytes} and a row. What is planned is keys and versions: contents
 * of superseded versions stay in the history, so that the snapshot outlives its transaction (ADR 78).
 */
export function planChunks(chosen: ChosenRows, place: ChunkPlace, accessTo: AccessTo): Statement {
  const parameters = new BindParameters();
  const { kind, fingerprint, about } = chosen;
  const { type } = chosen.accesses[0];
  const job = parameters.add(place.job, 'text');
  const plan = parameters.add(place.plan, 'integer');
  const rows = `FROM ${wholeRowsOf(type)} AS r`;
  const conditions = conditionsOf(chosen, parameters, accessTo);
  const found = about
    ? provenances({
        job,
        plan,
        rows,
        conditions,
        start: parameters.add(targetEntry, 'text'),
        isLatest: about === 'latest',
      })
    : `SELECT r.id, r.version, ${sizeOf('r')} AS size ${rows} WHERE ${conditions}`;
  const values = [parameters.add(kind, 'text'), parameters.add(type, 'text'), parameters.add(fingerprint, 'text')];
  return {
    text: `
      WITH found AS (${found}),
        placed AS (SELECT id, version, size,
          (sum(size) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) - size) / ${chunkBytes} AS part FROM found)
      INSERT INTO job_chunk (tenant, job, plan, chunk, kind, type, fingerprint, ids, versions, bytes)
      SELECT ${tenant}, ${job}, ${plan}, ${parameters.add(place.first, 'integer')} + row_number() OVER (ORDER BY part),
        ${values.join(', ')}, array_agg(id ORDER BY id), array_agg(version ORDER BY id), sum(size)
      FROM placed GROUP BY part`,
    values: parameters.values,
  };
}

/** The ids of the rows. */
export function chosenIds(chosen: ChosenRows, accessTo: AccessTo): Statement {
  const parameters = new BindParameters();
  const conditions = conditionsOf(chosen, parameters, accessTo);
  return {
    text: `SELECT r.id FROM ${wholeRowsOf(chosen.accesses[0].type)} AS r WHERE ${conditions}`,
    values: parameters.values,
  };
}

/** An integer: sums of integers are bigint, which costs PostgreSQL a third of what numeric does. */
export const sizeOf = (row: string): string => `octet_length(${row}.body) + ${rowBytes}`;

function conditionsOf(chosen: ChosenRows, parameters: BindParameters, accessTo: AccessTo): string {
  const { accesses, kind, ids, about, alternatives } = chosen;
  const [searched, read] = accesses;
  const linksFrom = looksAtFew({ access: searched, criteria: [] }) ? 'rows' : 'far-ends';
  const judged = [accessPredicate(searched, 'r', parameters, { linksFrom })];
  // Most callers may read what they may find.
  if (!read.unrestricted) judged.push(accessPredicate(read, 'r', parameters, { linksFrom }));
  const conditions = [
    `r.tenant = ${tenant}`,
    `r.type = ${parameters.add(searched.type, 'text')}`,
    kind === 'deleted' ? 'r.deleted' : 'NOT r.deleted',
    ...timesOf(chosen, parameters),
    ...(ids ? [`r.id = ANY (${parameters.add(ids, 'text[]')})`] : []),
    ...(about ? [] : recordsOf(chosen, parameters)),
    ...(alternatives.length === 0 ? [] : [filtered(chosen, parameters, accessTo)]),
    ...judged,
  ];
  return allOf(conditions.filter((one) => one !== 'true'));
}

function timesOf({ since, until }: ChosenRows, parameters: BindParameters): readonly string[] {
  return [
    ...(since === undefined ? [] : [`r.updated > ${parameters.add(since, 'timestamptz')}`]),
    ...(until === undefined ? [] : [`r.updated < ${parameters.add(until, 'timestamptz')}`]),
  ];
}

function recordsOf({ records }: ChosenRows, parameters: BindParameters): readonly string[] {
  if (records === undefined) return [];
  if (records === 'any') return [`r.compartments <> '{}'`];
  const asked = parameters.add(records, 'text[]');
  if (records.length <= mostAsked) return [`r.compartments && ${asked}`];
  return [`EXISTS (SELECT FROM unnest(r.compartments) AS of_record WHERE of_record = ANY (${asked}))`];
}

function filtered({ accesses, alternatives }: ChosenRows, parameters: BindParameters, accessTo: AccessTo): string {
  const ofRecord = isOfRecord(accesses[0]);
  const any = { kind: 'any', of: alternatives.map((of) => ({ kind: 'all', of }) as const) } as const;
  return criteriaPredicate([any], 'r', {
    parameters,
    reach: reachPredicate(accessTo, parameters),
    linksFrom: ofRecord ? 'rows' : 'far-ends',
    isOfRecord: ofRecord,
  });
}

interface ProvenanceRows {
  readonly job: string;
  readonly plan: string;
  readonly rows: string;
  readonly conditions: string;
  /** As entries begin that name a target. */
  readonly start: string;
  readonly isLatest: boolean;
}

function provenances({ job, plan, rows, conditions, start, isLatest }: ProvenanceRows): string {
  const exported =
    `SELECT ${start} || c.type || '/' || one AS entry FROM job_chunk AS c CROSS JOIN LATERAL unnest(c.ids) AS one ` +
    `WHERE c.tenant = ${tenant} AND c.job = ${job} AND c.plan = ${plan} AND c.kind = 'output'`;
  const columns = `r.id, r.version, r.updated, ${sizeOf('r')} AS size, exported.entry`;
  const pairs =
    `SELECT ${columns} ${rows} CROSS JOIN LATERAL unnest(r.val) AS val (entry) JOIN (${exported}) AS exported ` +
    `ON exported.entry = val.entry WHERE starts_with(val.entry, ${start}) AND ${conditions}`;
  const told = isLatest
    ? `SELECT DISTINCT ON (entry) * FROM (${pairs}) AS pair ORDER BY entry, updated DESC, id`
    : pairs;
  return `SELECT DISTINCT id, version, size FROM (${told}) AS told`;
}
