import { type ArgumentsHost, Catch, type ExceptionFilter, Inject, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../../auth/accounts/local-auth.options.js';
import { isDatabaseAway } from '../../database/database-away.js';
import { FhirError } from '../../r4/errors/fhir-error.js';
import { readFrameworkError } from '../../r4/errors/malformed-http.js';
import { describeError } from '../../observability/describe-error.js';
import { noteRefusals } from '../../observability/request-facts.js';
import { Refused } from '../../refusal/refusal.js';
import { errorPage, type PageFailure } from './error-page.js';
import { pageHeaders } from './page.js';
import { PageRefused } from './page-refused.js';

/** Whatever goes wrong on a page is told on a page. */
@Catch()
export class PageErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(PageErrorFilter.name);

  constructor(@Inject(LOCAL_AUTH_OPTIONS) private readonly options: LocalAuthOptions) {}

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
    const { host: name } = new URL(this.options.issuer);
    void reply
      .code(status)
      .headers({ ...pageHeaders, ...headers })
      .send(errorPage(name, { ...failure, requestId: request.id }));
  }

  private failureOf(error: unknown, request: FastifyRequest): Answer {
    if (error instanceof PageRefused) return { status: error.status, ...error.failure };
    if (error instanceof Refused) return refusedAnswer(error);
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
  title: status === 429 ? 'Please wait a moment' : 'This is not possible',
  fact: first.fact,
  cure: first.cure,
  code: first.code,
});

const fhirAnswer = ({ status, message, headers }: FhirError): Answer => ({
  status,
  headers,
  title: 'This login cannot go on',
  fact: message,
  cure: 'Close this page, open the app again and start anew.',
});

const unavailable: Answer = {
  status: 503,
  headers: { 'retry-after': '5' },
  title: 'Not available right now',
  fact: 'The server cannot reach its database at the moment.',
  cure: 'Wait a few seconds and load this page again. If it stays like this, tell the operator of this server.',
  code: 'temporarily_unavailable',
};

const failure: Answer = {
  status: 500,
  title: 'Something went wrong',
  fact: 'The server failed to answer. Nothing was given to the app.',
  cure: 'Try again from the app. If it happens again, tell the operator of this server the request number below.',
  code: 'server_error',
};
