import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { RefusalLinks } from '../refusal/challenge.js';
import { Refused } from '../refusal/refusal.js';
import { answerOf } from '../refusal/refused-answer.js';
import { SCOPE_OPTIONS } from './scope-options.js';

/** Answers refusals in full on Express and Fastify alike, for applications without FhirModule and its filter. */
@Catch(Refused)
export class RefusalFilter implements ExceptionFilter<Refused> {
  constructor(
    @Inject(HttpAdapterHost) private readonly adapters: HttpAdapterHost,
    @Inject(SCOPE_OPTIONS) private readonly links: RefusalLinks,
  ) {}

  catch(refused: Refused, host: ArgumentsHost): void {
    const { httpAdapter } = this.adapters;
    const response: unknown = host.switchToHttp().getResponse();
    const { status, headers, outcome } = answerOf(refused, this.links);
    for (const [name, value] of Object.entries(headers)) httpAdapter.setHeader(response, name, value);
    httpAdapter.setHeader(response, 'content-type', 'application/fhir+json; charset=utf-8');
    httpAdapter.reply(response, JSON.stringify(outcome), status);
  }
}
