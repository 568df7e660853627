import { Inject, Injectable } from '@nestjs/common';
import { InvalidRequest } from '../../r4/errors/fhir-error.js';
import { FHIR_OPTIONS, type FhirOptions } from '../fhir-options.js';
import { UnknownAddress } from '../../r4/errors/request-errors.js';
import { IndexJobs } from '../storage/indexing/index-jobs.js';
import { describeJob } from './index-job-answer.js';
import type { Operation, OperationCall, OperationDeclaration } from './operation.js';

/** `$reindex-status?job=1`: how far a `$reindex` is, and whether a sample of the index is right. */
@Injectable()
export class ReindexStatusOperation implements Operation {
  readonly declaration: OperationDeclaration;

  constructor(
    private readonly jobs: IndexJobs,
    @Inject(FHIR_OPTIONS) { base }: FhirOptions,
  ) {
    this.declaration = {
      code: 'reindex-status',
      level: ['system'],
      affectsState: false,
      access: [
        { permission: 'r', administers: 'Job' },
        { permission: 'u', everyRow: true },
      ],
      definition: `${base}/OperationDefinition/reindex-status`,
      documentation: 'How far a $reindex is, and what the verification of a sample found.',
    };
  }

  async run({ query }: OperationCall): Promise<object> {
    const asked = query.get('job') ?? '';
    if (!/^[1-9]\d{0,8}$/.test(asked)) {
      throw new InvalidRequest({ code: 'invalid', diagnostics: '$reindex-status takes job, a number: ?job=1.' });
    }
    const job = await this.jobs.find(Number(asked));
    if (!job) throw new UnknownAddress(`There is no job ${asked}; jobs are forgotten with the database only.`);
    return describeJob(job);
  }
}
