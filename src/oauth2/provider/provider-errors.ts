import { Injectable, Logger } from '@nestjs/common';
import type Provider from 'oidc-provider';
import type { errors, ErrorOut, KoaContextWithOIDC } from 'oidc-provider';
import { describeError } from '../../observability/describe-error.js';
import { PageLooks } from '../pages/look.js';
import { errorPage } from '../pages/error-page.js';
import { pageHeaders } from '../pages/page.js';
import { requestFault } from '../pages/request-faults.js';
import { explainError, keysFailureIn } from './explain-error.js';

const pageRoutes = new Set(['authorization', 'resume', 'end_session', 'end_session_confirm', 'end_session_success']);

/** Errors of oidc-provider: JSON for clients, with the reason and the cure; a page for people. */
@Injectable()
export class ProviderErrors {
  private readonly logger = new Logger(ProviderErrors.name);

  constructor(private readonly looks: PageLooks) {}

  listen(provider: Provider): void {
    const describe = (ctx: KoaContextWithOIDC, error: errors.OIDCProviderError): void => this.describe(ctx, error);
    provider.on('grant.error', describe);
    provider.on('introspection.error', describe);
    provider.on('revocation.error', describe);
  }

  /** For work that nobody waits for. */
  logged(work: Promise<void>): void {
    work.catch((error: unknown) => this.logger.error(describeError(error)));
  }

  /** Also asked at the token endpoint, when a client says that it prefers HTML: RFC 6749 knows only JSON there. */
  readonly render = (ctx: KoaContextWithOIDC, out: ErrorOut): void => {
    if (!pageRoutes.has(ctx.oidc.route)) {
      ctx.body = out;
      return;
    }
    ctx.set(pageHeaders);
    ctx.body = errorPage(this.looks.for(ctx.req.headers, uiLocalesOf(ctx)), {
      explain: requestFault(out.error),
      detail: factOf(out),
      code: out.error,
      requestId: String(ctx.res.getHeader('x-request-id') ?? ''),
    });
  };

  private describe(ctx: KoaContextWithOIDC, error: errors.OIDCProviderError): void {
    const keysFailure = keysFailureIn(error);
    if (keysFailure !== undefined) this.logger.warn(`keys of the client ${ctx.oidc.client?.clientId}: ${keysFailure}`);
    if (!isErrorBody(ctx.body)) return;
    const grantType = ctx.oidc.params?.['grant_type'];
    const request = { grantType: typeof grantType === 'string' ? grantType : undefined };
    const wrongGrant = /grant type is not allowed for this client/.test(error.error_description ?? '');
    ctx.body = {
      ...ctx.body,
      // RFC 6749 5.2 has a word of its own for it.
      ...(wrongGrant && { error: 'unauthorized_client' }),
      error_description: explainError(error, request),
    };
  }
}

/** The languages that the app asked for, where the request was read that far. */
export function uiLocalesOf({ oidc }: KoaContextWithOIDC): string | undefined {
  const asked = oidc?.params?.['ui_locales'];
  return typeof asked === 'string' ? asked : undefined;
}

const isErrorBody = (body: unknown): body is ErrorOut => typeof body === 'object' && body !== null && 'error' in body;

/** Only texts of ours and of oidc-provider: no parameter of the request stands in them. */
function factOf({ error, error_description: text }: ErrorOut): string {
  if (error === 'server_error') return 'The server failed to answer this request. Its log has the reason.';
  return explainError({ error, ...(text !== undefined && { error_description: text }) }, { isPage: true });
}
