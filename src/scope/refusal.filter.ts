import { type ArgumentsHost, Catch, Inject, UnauthorizedException } from '@nestjs/common';
import { BaseExceptionFilter, HttpAdapterHost } from '@nestjs/core';
import type { AuthenticatedRequest } from '../auth/credentials/request-credentials.js';
import { refusalBehind } from '../auth/refusals/refusal-behind.js';
import type { RefusalLinks } from '../refusal/challenge.js';
import { Refused } from '../refusal/refusal.js';
import { answerOf } from '../refusal/refused-answer.js';
import { SCOPE_OPTIONS } from './scope-options.js';

/**
 * Answers refusals in full on Express and Fastify alike, for applications without FhirModule and its filter. Also those of
 * guards such as `AuthGuard(['smart-jwt', 'api-key'])`; any other 401 is answered as Nest does.
 */
@Catch(Refused, UnauthorizedException)
export class RefusalFilter extends BaseExceptionFilter<Refused | UnauthorizedException> {
  constructor(
    @Inject(HttpAdapterHost) private readonly adapters: HttpAdapterHost,
    @Inject(SCOPE_OPTIONS) private readonly links: RefusalLinks,
  ) {
    super();
  }

  override catch(error: Refused | UnauthorizedException, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const refused = refusalBehind(error, http.getRequest<AuthenticatedRequest>());
    // oxlint-disable-next-line promise/valid-params -- Nest's filters catch an error and where it happened
    if (!(refused instanceof Refused)) return super.catch(error, host);
    const { httpAdapter } = this.adapters;
    const response: unknown = http.getResponse();
    const { status, headers, outcome } = answerOf(refused, this.links);
    for (const [name, value] of Object.entries(headers)) httpAdapter.setHeader(response, name, value);
    httpAdapter.setHeader(response, 'content-type', 'application/fhir+json; charset=utf-8');
    httpAdapter.reply(response, JSON.stringify(outcome), status);
  }
}
