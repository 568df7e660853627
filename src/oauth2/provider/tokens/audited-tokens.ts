import { Inject, Injectable, Logger } from '@nestjs/common';
import { type AuditedCaller, type AuditedReason, type AuditRecord, newRecord } from '../../../audit/audit-record.js';
import { RequestAudit } from '../../../fhir/http/request-audit.js';
import { describeError } from '../../../observability/describe-error.js';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../../oauth2-options.js';
import { explainError } from '../explain-error.js';
import { introspected, introspectionLine } from './introspected.js';
import type { OidcProvider } from '../oidc-library.js';

/** Facts that oidc-provider has about a request when it has made the answer. */
interface Answered {
  status: number;
  body: unknown;
  readonly ip: string;
  readonly res: { getHeader(name: string): unknown };
  readonly oidc?: {
    readonly route?: string;
    readonly params?: { readonly client_id?: unknown };
    readonly session?: { readonly accountId?: string };
    readonly client?: { readonly clientId: string };
    readonly entities?: {
      readonly Account?: { readonly accountId: string };
      readonly AccessToken?: { readonly jti?: string };
      readonly ClientCredentials?: { readonly jti?: string };
    };
  };
}

interface AuditedRoute extends Pick<AuditRecord, 'event' | 'line'> {
  /** Set where the pages that ask the user, and the token, record what is granted. */
  readonly onlyRefusals?: true;
}

/** Audited routes of oidc-provider: event and line, by the name of the route. */
const routes: ReadonlyMap<string, AuditedRoute> = new Map<string, AuditedRoute>([
  ['authorization', { event: 'authorization', line: 'GET ../oauth2/authorize', onlyRefusals: true }],
  ['resume', { event: 'authorization', line: 'GET ../oauth2/authorize/:uid', onlyRefusals: true }],
  ['token', { event: 'token', line: 'POST ../oauth2/token' }],
  ['introspection', { event: 'introspection', line: introspectionLine }],
  ['revocation', { event: 'logout', line: 'POST ../oauth2/revoke' }],
  ['end_session_confirm', { event: 'logout', line: 'POST ../oauth2/logout/confirm' }],
]);

/** Writes down who was given tokens, who was not, who asked about them, and who ended them, before the answer goes out; never a token. */
@Injectable()
export class AuditedTokens {
  private readonly logger = new Logger(AuditedTokens.name);
  /** Reasons of refusals that are pages or redirects, by answer. */
  private readonly refused = new WeakMap<object, AuditedReason[]>();

  constructor(
    private readonly audit: RequestAudit,
    @Inject(OAUTH2_OPTIONS) private readonly options: Pick<Oauth2Options, 'issuer'>,
  ) {}

  listen(provider: OidcProvider): void {
    provider.on('authorization.error', (context, error) => {
      // The page on which the user refused has recorded it.
      if (error.error === 'access_denied') return;
      const reasons = this.refused.get(context) ?? [];
      reasons.push(reasonIn(error.error, explainError(error, { isPage: true })));
      this.refused.set(context, reasons);
    });
  }

  /** Around all that oidc-provider does. */
  readonly watch = async (context: Answered, next: () => Promise<void>): Promise<void> => {
    await next();
    const told = routes.get(context.oidc?.route ?? '');
    if (!told) return;
    const { onlyRefusals = false, ...route } = told;
    const reasons = this.reasonsOf(context, onlyRefusals);
    if (onlyRefusals && reasons.length === 0) return;
    try {
      await this.audit.write(
        newRecord({ ...this.recordOf(context, reasons), ...objectOf(route.event, context), ...route }),
      );
    } catch (error) {
      if (onlyRefusals) return this.logger.error(`a refusal cannot be stored in the audit: ${describeError(error)}`);
      context.status = 503;
      context.body = {
        error: 'temporarily_unavailable',
        error_description: 'The audit log cannot be written right now.',
      };
    }
  };

  private reasonsOf(context: Answered, isPage: boolean): readonly AuditedReason[] {
    const known = this.refused.get(context) ?? [];
    return known.length > 0 || isPage || context.status < 400 ? known : [reasonOf(context.body)];
  }

  private recordOf(
    context: Answered,
    reasons: readonly AuditedReason[],
  ): Omit<AuditRecord, 'id' | 'recorded' | 'event'> {
    const isDone = reasons.length === 0;
    // The sender of a refused request is not verified.
    const caller = callerOf(context, isDone ? this.options.issuer : undefined);
    return {
      requestId: String(context.res.getHeader('x-request-id')),
      outcome: isDone ? '0' : '8',
      address: context.ip,
      ...(!isDone && { reasons }),
      ...(caller && { caller }),
    };
  }
}

const objectOf = (event: string, { body, status }: Answered): Pick<AuditRecord, 'object'> =>
  event === 'introspection' && status < 400 ? introspected(body) : {};

function reasonOf(body: unknown): AuditedReason {
  const { error = 'refused', error_description: text = '' } = (body ?? {}) as Readonly<Record<string, string>>;
  return reasonIn(error, text);
}

/** The reason code that the description begins with, or the error of OAuth. */
function reasonIn(error: string, description: string): AuditedReason {
  const [, code = error, fact = description] = /^([a-z-]+): (.*)$/s.exec(description) ?? [];
  return { code, fact };
}

/** The user, or the client that acts for itself. */
function callerOf({ oidc }: Answered, issuer: string | undefined): AuditedCaller | undefined {
  if (!oidc) return undefined;
  const { client, entities = {} } = oidc;
  const subject = accountOf(oidc) ?? client?.clientId ?? claimedClient(oidc);
  if (subject === undefined) return undefined;
  return {
    ...(issuer !== undefined && { issuer }),
    subject,
    ...(client && { clientId: client.clientId }),
    ...tokenOf(entities),
  };
}

function claimedClient({ params }: NonNullable<Answered['oidc']>): string | undefined {
  const claimed = params?.client_id;
  return typeof claimed === 'string' ? claimed.slice(0, 256) : undefined;
}

const accountOf = ({ entities, session }: NonNullable<Answered['oidc']>): string | undefined =>
  entities?.Account?.accountId ?? session?.accountId;

function tokenOf(entities: NonNullable<NonNullable<Answered['oidc']>['entities']>): Pick<AuditedCaller, 'tokenId'> {
  const tokenId = (entities.AccessToken ?? entities.ClientCredentials)?.jti;
  return tokenId === undefined ? {} : { tokenId };
}
