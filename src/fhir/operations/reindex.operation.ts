import { Inject, Injectable } from '@nestjs/common';
import { FHIR_OPTIONS, type FhirOptions } from '../fhir-options.js';
import { resourceTypes } from '../../r4/model/resource-types.js';
import { IndexJobs } from '../storage/indexing/index-jobs.js';
import { describeJob } from './index-job-answer.js';
import { type Operation, OperationAnswer, type OperationCall, type OperationDeclaration } from './operation.js';

/** `$reindex`: has the stored resources of a type, or of all, indexed anew while the server goes on. */
@Injectable()
export class ReindexOperation implements Operation {
  readonly declaration: OperationDeclaration;

  constructor(
    private readonly jobs: IndexJobs,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {
    this.declaration = {
      code: 'reindex',
      level: ['system', 'type'],
      types: [...resourceTypes],
      affectsState: true,
      // Indexing costs the whole server, and its progress tells how many rows there are.
      access: [
        { permission: 'c', administers: 'Job' },
        { permission: 'u', everyRow: true },
      ],
      definition: `${options.base}/OperationDefinition/reindex`,
      documentation: 'Indexes what is stored anew; answers 202, and Content-Location tells where its progress is.',
    };
  }

  async run({ type }: OperationCall): Promise<OperationAnswer> {
    const job = await this.jobs.start(type === undefined ? [...resourceTypes].toSorted() : [type]);
    const headers = { 'content-location': `${this.options.base}/$reindex-status?job=${job.id}` };
    return new OperationAnswer(describeJob(job), 202, headers);
  }
}
