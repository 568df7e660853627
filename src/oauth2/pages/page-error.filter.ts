import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isDatabaseAway } from '../../database/database-away.js';
import { FhirError } from '../../r4/errors/fhir-error.js';
import { readFrameworkError } from '../../r4/errors/malformed-http.js';
import { describeError } from '../../observability/describe-error.js';
import { noteRefusals } from '../../observability/request-facts.js';
import { Refused } from '../../refusal/refusal.js';
import { InteractionExpired } from '../provider/interactions/interaction-errors.js';
import { errorPage, type PageFailure } from './error-page.js';
import { PageLooks } from './look.js';
import { pageHeaders } from './page.js';
import { PageRefused } from './page-refused.js';

/** Errors of pages are answered by a page. */
@Catch()
export class PageErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(PageErrorFilter.name);

  constructor(private readonly looks: PageLooks) {}

  catch(caught: unknown, host: ArgumentsHost): void {
    const error = readFrameworkError(caught);
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (error instanceof Refused) noteRefusals(request, error.refusals);
    if (reply.sent) {
      // The provider had begun its answer: nothing can be added to it.
      this.log(request, error);
      reply.raw.destroy();
      return;
    }
    const { status, headers = {}, ...failure } = this.failureOf(error, request);
    void reply
      .code(status)
      .headers({ ...pageHeaders, ...headers })
      .send(errorPage(this.looks.for(request.headers), { ...failure, requestId: request.id }));
  }

  private failureOf(error: unknown, request: FastifyRequest): Answer {
    if (error instanceof PageRefused) return { status: error.status, ...error.failure };
    if (error instanceof Refused) return refusedAnswer(error);
    if (error instanceof InteractionExpired)
      return { ...fhirAnswer(error), explain: ({ failures }) => failures.expired };
    if (error instanceof FhirError) return fhirAnswer(error);
    if (isDatabaseAway(error)) return unavailable;
    this.log(request, error);
    return failure;
  }

  private log(request: FastifyRequest, error: unknown): void {
    this.logger.error(`request ${request.id}: ${describeError(error)}`);
  }
}

type Answer = Omit<PageFailure, 'requestId'> & {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
};

const refusedAnswer = ({ refusals: [first], status, headers }: Refused): Answer => ({
  status,
  headers,
  explain: ({ failures }) => failures[status === 429 ? 'wait' : 'refused'](first.fact, first.cure),
  detail: first.fact,
  code: first.code,
});

const fhirAnswer = ({ status, message, headers }: FhirError): Answer => ({
  status,
  headers,
  explain: ({ failures }) => failures.other(message),
  detail: message,
});

const unavailable: Answer = {
  status: 503,
  headers: { 'retry-after': '5' },
  explain: ({ failures }) => failures.unavailable,
  code: 'temporarily_unavailable',
};

const failure: Answer = {
  status: 500,
  explain: ({ failures }) => failures.broken,
  code: 'server_error',
};
