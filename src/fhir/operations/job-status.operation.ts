import { Injectable } from '@nestjs/common';
import { OperationJobs } from './jobs/operation-jobs.js';
import type { Operation, OperationCall, OperationDeclaration } from './operation.js';

const declaration = {
  code: 'job-status',
  level: ['system'],
  affectsState: false,
  // Who may ask is who made the call, and may still make it.
  access: 'any-token',
  also: 'any',
  parameters: [{ name: 'job', type: 'id', min: 1, documentation: 'The id of the call, from Content-Location.' }],
  returns: [{ name: 'return', type: 'Resource', min: 1, documentation: 'What the call ended with.' }],
  documentation:
    'How far a call with Prefer: respond-async is (202 with X-Progress), or what it ended with. DELETE cancels it. For who made the call only.',
} as const satisfies OperationDeclaration;

/** `$job-status?job=…` (https://hl7.org/fhir/R4/async.html); DELETE is answered beside it. */
@Injectable()
export class JobStatusOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(private readonly jobs: OperationJobs) {}

  run({ context, parameters }: OperationCall<typeof declaration>): Promise<object> {
    return this.jobs.ask(context, parameters.job);
  }
}
