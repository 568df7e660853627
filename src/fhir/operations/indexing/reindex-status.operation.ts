import { Injectable } from '@nestjs/common';
import { UnknownAddress } from '../../../r4/errors/request-errors.js';
import { IndexJobs } from '../../storage/indexing/index-jobs.js';
import { describeJob, jobParameters } from './index-job-answer.js';
import type { Operation, OperationCall, OperationDeclaration } from '../operation.js';

const declaration = {
  code: 'reindex-status',
  level: ['system'],
  affectsState: false,
  access: [
    { permission: 'r', administers: 'Job' },
    { permission: 'u', everyRow: true },
  ],
  parameters: [{ name: 'job', type: 'positiveInt', min: 1, documentation: 'The number of the job: ?job=1.' }],
  returns: jobParameters,
  documentation: 'How far a $reindex is, and what the verification of a sample found.',
} as const satisfies OperationDeclaration;

/** `$reindex-status?job=1`: how far a `$reindex` is, and whether a sample of the index is right. */
@Injectable()
export class ReindexStatusOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(private readonly jobs: IndexJobs) {}

  async run({ parameters }: OperationCall<typeof declaration>): Promise<object> {
    const job = await this.jobs.find(parameters.job);
    if (!job) throw new UnknownAddress(`There is no job ${parameters.job}; jobs are forgotten with the database only.`);
    return describeJob(job);
  }
}
