import { Injectable } from '@nestjs/common';
import { HeldJobs } from '../../storage/jobs/held-jobs.js';
import { callerHash } from '../jobs/caller-hash.js';
import { OperationJobs } from '../jobs/operation-jobs.js';
import type { Operation, OperationCall } from '../operation.js';
import { bulkSubmitStatusDeclaration } from './bulk-submit-declaration.js';
import { readKey, wrongFormat } from './read-submit.js';
import { jobOf, noSubmission, requireNone } from './submission.js';

/** `$bulk-submit-status`: where the state of a submission is asked for, by its caller alone. */
@Injectable()
export class BulkSubmitStatusOperation implements Operation<typeof bulkSubmitStatusDeclaration> {
  readonly declaration = bulkSubmitStatusDeclaration;

  constructor(
    private readonly held: HeldJobs,
    private readonly jobs: OperationJobs,
  ) {}

  async run({ context, parameters }: OperationCall<typeof bulkSubmitStatusDeclaration>): Promise<object> {
    requireNone(wrongFormat('_outputFormat', parameters['_outputFormat']));
    const caller = callerHash(context.principal);
    const id = jobOf(readKey(parameters), caller);
    if (!(await this.held.isThere(id, caller))) throw noSubmission();
    return this.jobs.accepted(id);
  }
}
