import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { AuditedCaller, AuditRecord } from '../../audit/audit-record.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir/model/fhir-options.js';
import { AuditLog } from '../../fhir/storage/audit/audit-log.js';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../oauth2-options.js';

/** What oidc-provider knows of a request when it has made the answer. */
interface Answered {
  status: number;
  body: unknown;
  readonly ip: string;
  readonly res: { getHeader(name: string): unknown };
  readonly oidc?: {
    readonly route?: string;
    readonly client?: { readonly clientId: string };
    readonly entities?: {
      readonly Account?: { readonly accountId: string };
      readonly AccessToken?: { readonly jti?: string };
      readonly ClientCredentials?: { readonly jti?: string };
    };
  };
}

/** Writes down who was given tokens, and who was not, before the answer goes out; never a token. */
@Injectable()
export class AuditedTokens {
  constructor(
    private readonly log: AuditLog,
    @Inject(FHIR_OPTIONS) private readonly fhir: Pick<FhirOptions, 'audit'>,
    @Inject(OAUTH2_OPTIONS) private readonly options: Pick<Oauth2Options, 'issuer'>,
  ) {}

  /** Around all that oidc-provider does. */
  readonly watch = async (context: Answered, next: () => Promise<void>): Promise<void> => {
    await next();
    if (!this.fhir.audit || context.oidc?.route !== 'token') return;
    try {
      await this.log.record(this.recordOf(context));
    } catch {
      context.status = 503;
      context.body = {
        error: 'temporarily_unavailable',
        error_description: 'The audit log cannot be written right now.',
      };
    }
  };

  private recordOf(context: Answered): AuditRecord {
    const caller = callerOf(context, this.options.issuer);
    return {
      id: uuidv7(),
      recorded: new Date().toISOString(),
      requestId: String(context.res.getHeader('x-request-id')),
      event: 'token',
      outcome: context.status < 400 ? '0' : '8',
      address: context.ip,
      line: 'POST ../oauth2/token',
      ...(caller && { caller }),
    };
  }
}

/** The user, or the client that acts for itself. */
function callerOf({ oidc }: Answered, issuer: string): AuditedCaller | undefined {
  const { client, entities = {} } = oidc ?? {};
  const subject = entities.Account?.accountId ?? client?.clientId;
  if (subject === undefined) return undefined;
  return { issuer, subject, ...(client && { clientId: client.clientId }), ...tokenOf(entities) };
}

function tokenOf(entities: NonNullable<NonNullable<Answered['oidc']>['entities']>): Pick<AuditedCaller, 'tokenId'> {
  const tokenId = (entities.AccessToken ?? entities.ClientCredentials)?.jti;
  return tokenId === undefined ? {} : { tokenId };
}
