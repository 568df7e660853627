import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { AuditedCaller, AuditedReason, AuditRecord } from '../../audit/audit-record.js';
import { RequestAudit } from '../../fhir/http/request-audit.js';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../oauth2-options.js';

/** What oidc-provider knows of a request when it has made the answer. */
interface Answered {
  status: number;
  body: unknown;
  readonly ip: string;
  readonly res: { getHeader(name: string): unknown };
  readonly oidc?: {
    readonly route?: string;
    readonly session?: { readonly accountId?: string };
    readonly client?: { readonly clientId: string };
    readonly entities?: {
      readonly Account?: { readonly accountId: string };
      readonly AccessToken?: { readonly jti?: string };
      readonly ClientCredentials?: { readonly jti?: string };
    };
  };
}

/** What is written down of the addresses of oidc-provider: event and line, by the name of its route. */
const routes: ReadonlyMap<string, Pick<AuditRecord, 'event' | 'line'>> = new Map([
  ['token', { event: 'token', line: 'POST ../oauth2/token' }],
  ['revocation', { event: 'logout', line: 'POST ../oauth2/revoke' }],
  ['end_session_confirm', { event: 'logout', line: 'POST ../oauth2/logout/confirm' }],
]);

/** Writes down who was given tokens, who was not, and who ended them, before the answer goes out; never a token. */
@Injectable()
export class AuditedTokens {
  constructor(
    private readonly audit: RequestAudit,
    @Inject(OAUTH2_OPTIONS) private readonly options: Pick<Oauth2Options, 'issuer'>,
  ) {}

  /** Around all that oidc-provider does. */
  readonly watch = async (context: Answered, next: () => Promise<void>): Promise<void> => {
    await next();
    const route = routes.get(context.oidc?.route ?? '');
    if (!route) return;
    try {
      await this.audit.write({ ...this.recordOf(context), ...route });
    } catch {
      context.status = 503;
      context.body = {
        error: 'temporarily_unavailable',
        error_description: 'The audit log cannot be written right now.',
      };
    }
  };

  private recordOf(context: Answered): Omit<AuditRecord, 'event'> {
    const isDone = context.status < 400;
    // Of a request that was refused, nobody vouches for who sent it.
    const caller = callerOf(context, isDone ? this.options.issuer : undefined);
    return {
      id: uuidv7(),
      recorded: new Date().toISOString(),
      requestId: String(context.res.getHeader('x-request-id')),
      outcome: isDone ? '0' : '8',
      address: context.ip,
      ...(!isDone && { reasons: [reasonOf(context.body)] }),
      ...(caller && { caller }),
    };
  }
}

/** The reason code that the description begins with, or the error of OAuth. */
function reasonOf(body: unknown): AuditedReason {
  const { error = 'refused', error_description: description = '' } = (body ?? {}) as Readonly<Record<string, string>>;
  const [, code = error, fact = description] = /^([a-z-]+): (.*)$/s.exec(description) ?? [];
  return { code, fact };
}

/** The user, or the client that acts for itself. */
function callerOf({ oidc }: Answered, issuer: string | undefined): AuditedCaller | undefined {
  if (!oidc) return undefined;
  const { client, entities = {} } = oidc;
  const subject = accountOf(oidc) ?? client?.clientId;
  if (subject === undefined) return undefined;
  return {
    ...(issuer !== undefined && { issuer }),
    subject,
    ...(client && { clientId: client.clientId }),
    ...tokenOf(entities),
  };
}

const accountOf = ({ entities, session }: NonNullable<Answered['oidc']>): string | undefined =>
  entities?.Account?.accountId ?? session?.accountId;

function tokenOf(entities: NonNullable<NonNullable<Answered['oidc']>['entities']>): Pick<AuditedCaller, 'tokenId'> {
  const tokenId = (entities.AccessToken ?? entities.ClientCredentials)?.jti;
  return tokenId === undefined ? {} : { tokenId };
}
