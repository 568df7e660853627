import { Catch, Inject, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { FhirError } from '../../r4/errors/fhir-error.js';
import { readFrameworkError } from '../../r4/errors/malformed-http.js';
import type { ReasonCode } from '../../refusal/reasons.js';
import { describeRefusals, Refused } from '../../refusal/refusal.js';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../accounts/local-auth.options.js';
import { isDatabaseAway } from '../../database/database-away.js';
import { describeError } from '../../observability/describe-error.js';
import { noteRefusals } from '../../observability/request-facts.js';
import type { HttpRequest } from './login-request.js';
import { LoginUnavailable } from './login-unavailable.js';

/** The login family answers as OAuth does: https://www.rfc-editor.org/rfc/rfc6749#section-5.2 */
@Catch()
export class LoginErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(LoginErrorFilter.name);

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    @Inject(LOCAL_AUTH_OPTIONS) private readonly options: LocalAuthOptions,
  ) {}

  catch(caught: unknown, host: ArgumentsHost): void {
    const thrown = readFrameworkError(caught);
    const error = thrown instanceof FhirError ? thrown : this.failureOf(thrown);
    const http = host.switchToHttp();
    if (error instanceof Refused) noteRefusals(http.getRequest<object>(), error.refusals);
    const response = http.getResponse<unknown>();
    const { httpAdapter } = this.adapterHost;
    const body = this.bodyOf(error);
    const headers = {
      'cache-control': 'no-store',
      pragma: 'no-cache',
      ...error.headers,
      ...(error.status === 401 && { 'www-authenticate': this.challengeFor(http.getRequest<HttpRequest>(), body) }),
    };
    for (const [name, value] of Object.entries(headers)) httpAdapter.setHeader(response, name, value);
    httpAdapter.reply(response, body, error.status);
  }

  private failureOf(thrown: unknown): FhirError {
    if (isDatabaseAway(thrown)) return new LoginUnavailable();
    this.logger.error(describeError(thrown));
    return new LoginFailure();
  }

  private bodyOf(error: FhirError): OAuthError {
    const code = error instanceof Refused ? error.refusals[0].code : undefined;
    return {
      error: (code && errors[code]) ?? errorsByStatus[error.status] ?? 'invalid_request',
      error_description: asPrintable(descriptionOf(error)),
      ...(code && { error_uri: `${new URL('docs/access', this.options.issuer).href}#${code}` }),
    };
  }

  /** A browser asks its user for a password when it sees Basic: only those who sent one, or nothing, are asked again. */
  private challengeFor(request: HttpRequest, { error, error_description: description }: OAuthError): string {
    const realm = `realm="${asPrintable(this.options.realm)}"`;
    const isLogin = /\/login(\?|$)/.test(request.url);
    const sentJson = request.headers['content-type']?.includes('json') === true && !request.headers.authorization;
    if (isLogin && !sentJson) return `Basic ${realm}, charset="UTF-8"`;
    return `Bearer ${realm}, error="${error}", error_description="${description}"`;
  }
}

interface OAuthError {
  readonly error: string;
  readonly error_description: string;
  readonly error_uri?: string;
}

const errors: Partial<Record<ReasonCode, string>> = {
  'login-failed': 'invalid_grant',
  'second-factor-needed': 'invalid_grant',
  'password-change-needed': 'invalid_grant',
  'refresh-token-invalid': 'invalid_grant',
  'no-credentials': 'invalid_request',
  'multiple-credentials': 'invalid_request',
  'scheme-unsupported': 'invalid_request',
  'scope-insufficient': 'invalid_scope',
  'login-disabled': 'access_denied',
  'too-many-attempts': 'temporarily_unavailable',
  'revocations-unavailable': 'temporarily_unavailable',
};

const errorsByStatus: Readonly<Record<number, string>> = {
  401: 'invalid_token',
  500: 'server_error',
  503: 'temporarily_unavailable',
};

class LoginFailure extends FhirError {
  readonly status = 500;
  constructor() {
    super({ code: 'exception', diagnostics: 'The server failed to answer this request. Its log has the reason.' });
  }
}

const descriptionOf = (error: FhirError): string =>
  error instanceof Refused ? describeRefusals(error) : error.message;

/** RFC 6749 section 5.2: printable ASCII without quotation mark and backslash. */
const asPrintable = (text: string): string =>
  text
    .replaceAll('…', '...')
    .replaceAll('"', "'")
    .replace(/[^\x20-\x7e]|\\/g, '?');
