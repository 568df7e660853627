import { Inject, Injectable } from '@nestjs/common';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { resourceTypes } from '../../../r4/model/resource-types.js';
import { IndexJobs } from '../../storage/indexing/index-jobs.js';
import { describeJob, jobParameters } from './index-job-answer.js';
import { type Operation, OperationAnswer, type OperationCall, type OperationDeclaration } from '../operation.js';

const declaration = {
  code: 'reindex',
  level: ['system', 'type'],
  types: [...resourceTypes],
  affectsState: true,
  // Indexing costs the whole server, and its progress tells how many rows there are.
  access: [
    { permission: 'c', administers: 'Job' },
    { permission: 'u', everyRow: true },
  ],
  returns: jobParameters,
  documentation: 'Indexes what is stored anew; answers 202, and Content-Location tells where its progress is.',
} as const satisfies OperationDeclaration;

/** `$reindex`: has the stored resources of a type, or of all, indexed anew while the server goes on. */
@Injectable()
export class ReindexOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(
    private readonly jobs: IndexJobs,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  async run({ type }: OperationCall<typeof declaration>): Promise<OperationAnswer> {
    const job = await this.jobs.start(type === undefined ? [...resourceTypes].toSorted() : [type]);
    const headers = { 'content-location': `${this.options.base}/$reindex-status?job=${job.id}` };
    return new OperationAnswer(describeJob(job), 202, headers);
  }
}
