import { Injectable } from '@nestjs/common';
import { BinaryContents } from '../binary/binary-contents.js';
import { SqlSession } from '../session/sql-session.js';
import { tenant } from '../session/tenant-parameter.js';
import { addFile, filesOf, type JobFile, type WrittenFile } from './job-files.js';
import { JobLost, type TakenJob } from './job.js';

/** How far an import is, and what came of it since the last time. */
export interface ImportStep {
  /** JSON. */
  readonly checkpoint: string;
  /** Resources that were stored, and bytes that were read. */
  readonly resources: number;
  readonly bytes: number;
  /** JSON of an OperationOutcome for each resource that was not stored; the number of the first one. */
  readonly failures: readonly string[];
  readonly firstFailure: number;
}

/** Failures of a job by their numbers: `count` of them, from `first` on. */
export interface FailureRange {
  readonly first: number;
  readonly count: number;
}

/** Number of issues of one severity. */
export interface SeverityCount {
  readonly code: string;
  readonly count: number;
}

/** Failures that are read in one go. */
const atOnce = 1000;

/**
 * Goes one step on, in the transaction that stores the resources of the step: whoever takes the job over begins behind it, and a server
 * that has lost the job stores nothing more. Throws {@link JobLost}.
 */
export async function keepImportStep(session: SqlSession, { id, fence }: TakenJob, step: ImportStep): Promise<void> {
  const { checkpoint, resources, bytes, failures, firstFailure } = step;
  // A job that makes progress is no job that brings servers down.
  const held = await session.count({
    isPrepared: true,
    text: `
      UPDATE job SET attempts = 1, checkpoint = $3::text, resources = resources + $4::bigint, bytes = bytes + $5::bigint
      WHERE tenant = ${tenant} AND id = $1::text AND fence = $2::integer AND state = 'running'`,
    values: [id, fence, checkpoint, resources, bytes],
  });
  if (held === 0) throw new JobLost();
  if (failures.length === 0) return;
  await session.count({
    text: `
      INSERT INTO job_failure (tenant, job, failure, outcome)
      SELECT ${tenant}, $1::text, $2::integer + place - 1, outcome
      FROM unnest($3::text[]) WITH ORDINALITY AS failed (outcome, place)`,
    values: [id, firstFailure, failures],
  });
}

/** Reads and writes the rows of an import beside resources; by statements of the server itself, without a limit of time. */
@Injectable()
export class ImportProgress {
  private readonly session: SqlSession;

  constructor(
    session: SqlSession,
    readonly contents: BinaryContents,
  ) {
    this.session = session.unlimited;
  }

  /** JSON, or null before the first step. Throws {@link JobLost}. */
  async checkpointOf({ id }: TakenJob): Promise<string | null> {
    const [found] = await this.session.rows<{ checkpoint: string | null }>({
      text: `SELECT checkpoint FROM job WHERE tenant = ${tenant} AND id = $1::text`,
      values: [id],
    });
    if (!found) throw new JobLost();
    return found.checkpoint;
  }

  /** OperationOutcomes of what was not stored, as lines in the order of the sources. */
  async *failuresOf({ id }: TakenJob, { first, count }: FailureRange): AsyncGenerator<Buffer> {
    for (let after = first - 1; ;) {
      const rows = await this.session.rows<{ failure: number; outcome: string }>({
        text: `
          SELECT failure, outcome FROM job_failure
          WHERE tenant = ${tenant} AND job = $1::text AND failure > $2::integer AND failure < $3::integer
          ORDER BY failure LIMIT ${atOnce}`,
        values: [id, after, first + count],
      });
      if (rows.length === 0) return;
      yield Buffer.from(rows.map(({ outcome }) => `${outcome}\n`).join(''));
      after = rows.at(-1)!.failure;
    }
  }

  /** Issues of a range of failures by their severity, those that there are. */
  async severitiesOf({ id }: TakenJob, { first, count }: FailureRange): Promise<readonly SeverityCount[]> {
    const found = await this.session.rows<{ code: string; count: number }>({
      text: `
        SELECT severity.code, sum((length(outcome) - length(replace(outcome, mark, ''))) / length(mark))::float8 AS count
        FROM job_failure, (VALUES ('fatal', 1), ('error', 2), ('warning', 3), ('information', 4)) AS severity (code, place),
          LATERAL (SELECT '"severity":"' || severity.code || '"' AS mark) AS marked
        WHERE tenant = ${tenant} AND job = $1::text AND failure >= $2::integer AND failure < $3::integer
        GROUP BY severity.code, severity.place ORDER BY severity.place`,
      values: [id, first, first + count],
    });
    return found.filter((one) => one.count > 0);
  }

  inTransaction(work: (session: SqlSession) => Promise<void>): Promise<void> {
    return this.session.transaction(work);
  }

  addFile(job: TakenJob, file: WrittenFile): Promise<void> {
    return addFile(this.session, job, file);
  }

  filesOf(job: Pick<TakenJob, 'id'>): Promise<readonly JobFile[]> {
    return filesOf(this.session, job);
  }
}
