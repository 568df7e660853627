import { Catch, Inject, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { isDatabaseAway } from '../../database/database-away.js';
import { FhirError } from '../../r4/errors/fhir-error.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir/fhir-options.js';
import { readFrameworkError } from '../../r4/errors/malformed-http.js';
import { describeError } from '../../observability/describe-error.js';
import { noteRefusals } from '../../observability/request-facts.js';
import { challenge } from '../../refusal/challenge.js';
import { describeRefusals, Refused } from '../../refusal/refusal.js';
import { InvalidClient } from './invalid-client.js';
import { RegistrationRefused } from './registration/registration-refused.js';

/** Answers as OAuth does: `error`, and in `error_description` the reason code, the fact and the cure (RFC 6749 5.2, RFC 7591 3.2.2). */
@Catch()
export class OauthJsonErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(OauthJsonErrorFilter.name);

  constructor(@Inject(FHIR_OPTIONS) private readonly options: FhirOptions) {}

  catch(caught: unknown, host: ArgumentsHost): void {
    const thrown = readFrameworkError(caught);
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (!(thrown instanceof FhirError) && !isDatabaseAway(thrown)) this.logger.error(describeError(thrown));
    if (thrown instanceof Refused) noteRefusals(host.switchToHttp().getRequest<object>(), thrown.refusals);
    const error = thrown instanceof FhirError ? thrown : undefined;
    const status = error?.status ?? (isDatabaseAway(thrown) ? 503 : 500);
    void reply
      .code(status)
      .headers({
        'cache-control': 'no-store',
        pragma: 'no-cache',
        ...error?.headers,
        ...(error instanceof Refused && this.challengeOf(error)),
      })
      .type('application/json')
      .send(
        JSON.stringify({
          error: codeOf(error, status),
          error_description: descriptionOf(error, status),
          ...placesOf(error),
        }),
      );
  }

  private challengeOf(refused: Refused): Readonly<Record<string, string>> {
    const { base, resourceMetadataUrl, docsUrl } = this.options;
    const header = challenge(refused.status, refused.refusals, { fhirBase: base, resourceMetadataUrl, docsUrl });
    return header === undefined ? {} : { 'www-authenticate': header };
  }
}

/** Each fault of a body with its place in it, for editors: beside the members of RFC 6749, where a place is known. */
function placesOf(error: FhirError | undefined): { readonly findings?: readonly object[] } {
  const issues = error?.issues ?? [];
  if (issues.every(({ expression }) => expression === undefined)) return {};
  return { findings: issues.map(({ expression, diagnostics }) => ({ at: expression?.[0], text: diagnostics })) };
}

const codes: Readonly<Record<number, string>> = {
  401: 'invalid_token',
  403: 'insufficient_scope',
  404: 'not_found',
  409: 'conflict',
  429: 'temporarily_unavailable',
  500: 'server_error',
  503: 'temporarily_unavailable',
};

function codeOf(error: FhirError | undefined, status: number): string {
  if (error instanceof RegistrationRefused) return error.error;
  if (error instanceof InvalidClient)
    return error.problems[0].field === 'redirectUris' ? 'invalid_redirect_uri' : 'invalid_client_metadata';
  return codes[status] ?? 'invalid_request';
}

function descriptionOf(error: FhirError | undefined, status: number): string {
  if (error instanceof Refused) return describeRefusals(error);
  if (error instanceof InvalidClient) return error.problems.map(({ fact, cure }) => `${fact} ${cure}`).join(' ');
  if (error !== undefined) return error.message;
  return status === 503
    ? 'The database does not answer. Try again in a few seconds.'
    : 'The server failed to answer this request. Its log has the reason.';
}
