import { Inject, Injectable, Optional } from '@nestjs/common';
import { TenantAdministration } from './tenant-administration.js';
import { tenantAnswer } from './tenant-answer.js';
import { TENANT_CONFIG } from './tenant-config.js';
import { newRecord } from '../../audit/audit-record.js';
import { isUserName } from '../../auth/accounts/user-name.js';
import { chooseScopes, splitScopes } from '../../auth/login/login-scopes.js';
import { type OperatorToken, OperatorTokens, operatorTokenTtl } from '../../auth/login/operator-tokens.js';
import type { UserAccount } from '../../auth/storage/user-account.repository.js';
import type { AppConfig } from '../../config/app-config.js';
import { asTenant, defaultTenant } from '../../database/tenant.js';
import { InvalidTenant } from '../../database/tenants/invalid-tenant.js';
import type { Tenant } from '../../database/tenants/tenant-registry.js';
import { AuditLog } from '../../fhir/storage/audit/audit-log.js';
import { SqlSession } from '../../fhir/storage/session/sql-session.js';
import { InvalidRequest } from '../../r4/errors/fhir-error.js';
import { intersectScopes } from '../../oauth2/scopes/intersect-scopes.js';
import { breakGlassCode } from '../../r4/model/purpose-code.js';
import { scopeWithin } from '../../scope/grammar/smart-scope.js';

/** Whoever looks inside changes nothing. */
const readingScopes = 'user/*.rs user/AuditEvent.rs admin/*.rs';
const longestReason = 200;

/** Who looks into a tenant, and what for. */
export interface Look {
  /** As the tenant's audit names him after `Operator:`, which no account begins with that a tenant makes. */
  readonly operator: string;
  /** Where that name is from: an issuer, or who typed a command. */
  readonly knownBy: string;
  /** 1 to 200 characters; the tenant reads them. */
  readonly reason: string;
  /** Scopes to read with, separated by spaces; absent: all that one may have. */
  readonly scope?: string | undefined;
}

/** A token of the tenant's own issuer, and where it counts. */
export interface BrokenGlass {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  readonly expires_in: number;
  readonly scope: string;
  readonly sub: string;
  readonly fhirBase: string;
}

/** Lets an operator look into a tenant by name, for a reason, for a quarter of an hour, in sight of the tenant (docs/adr/0192). */
@Injectable()
export class BreakGlass {
  constructor(
    private readonly tenants: TenantAdministration,
    private readonly session: SqlSession,
    @Inject(TENANT_CONFIG) private readonly config: AppConfig,
    /** Absent where no users are of this server. */
    @Optional() private readonly tokens?: OperatorTokens,
  ) {}

  /** Throws {@link InvalidTenant} where nobody can look inside, {@link InvalidRequest} for a name or a reason that cannot stand in the audit. */
  async open(name: string, look: Look): Promise<BrokenGlass> {
    const tenant = await this.tenants.registry.getWhole(name);
    const tokens = this.requireOpen(tenant);
    requireSayable(look);
    const asked = chooseScopes(look.scope, splitScopes(readingScopes), scopeWithin);
    return asTenant(tenant, async () => {
      const account = await tokens.accountOf(look.operator, readingScopes);
      const scopes = scopesOf(account, asked);
      const { fhirBase, issuer } = tenantAnswer(tenant, this.config);
      const given = await tokens.give(account, { fhirBase, issuer, scopes });
      await this.record(look, given, { issuer, subject: account.name, scopes });
      return {
        access_token: given.token,
        token_type: 'Bearer',
        expires_in: operatorTokenTtl,
        scope: scopes.join(' '),
        sub: account.name,
        fhirBase,
      };
    });
  }

  /** In the audit of the tenant, before anybody has the token. */
  private record(
    look: Look,
    { tokenId, expiresAt }: OperatorToken,
    { issuer, subject, scopes }: Holder,
  ): Promise<void> {
    // Not the log of this application, which may store this together with work of another tenant, as that one's.
    return new AuditLog(this.session).record(
      newRecord({
        event: 'break-glass',
        outcome: '0',
        caller: { issuer, subject, kind: 'user', tokenId },
        purpose: { code: breakGlassCode, reason: look.reason },
        object: {
          name: 'this tenant',
          details: [
            ['operator', look.operator],
            ['known-by', look.knownBy],
            ['scope', scopes.join(' ')],
            ['until', expiresAt.toISOString()],
          ],
        },
      }),
    );
  }

  private requireOpen({ tenant, name, state }: Tenant): OperatorTokens {
    if (tenant === defaultTenant) throw new InvalidTenant(400, 'The tenant "default" is your own: log in there.');
    if (!this.config.audit.isOn)
      throw new InvalidTenant(
        400,
        'This server writes no audit, so that looking inside would leave no trace. Set AUDIT=on.',
      );
    if (!this.tokens)
      throw new InvalidTenant(
        400,
        'EMBEDDED_ISSUER: is off, so this server gives no tokens. Get one for the tenant at the issuer that it trusts.',
      );
    if (state !== 'active')
      throw new InvalidTenant(
        400,
        `The tenant "${name}" is suspended, and answers nobody. "lanyard tenant resume ${name}" lets it.`,
      );
    return this.tokens;
  }
}

interface Holder {
  readonly issuer: string;
  readonly subject: string;
  readonly scopes: readonly string[];
}

/** Throws where administrators of the tenant have disabled the account, or left it nothing to read with. */
function scopesOf({ name, grants, disabledAt }: UserAccount, asked: readonly string[]): readonly string[] {
  const scopes = disabledAt ? [] : intersectScopes(asked, splitScopes(grants));
  if (scopes.length > 0) return scopes;
  throw new InvalidTenant(
    409,
    `The tenant has ${disabledAt ? 'disabled' : 'left nothing of that to'} the account "${name}". Ask its administrators to let you look inside.`,
  );
}

function requireSayable({ operator, reason }: Look): void {
  const isOne = isUserName(operator) && operator.length <= 200 && !operator.endsWith('@clients');
  if (!isOne || !isText(operator)) throw invalid('The name of the operator has 1 to 200 characters on one line.');
  if (reason.length > longestReason || !isText(reason))
    throw invalid(
      `The reason has 1 to ${longestReason} characters on one line: the tenant's administrators read it in their audit.`,
    );
}

const isText = (text: string): boolean => text.trim() !== '' && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\uFFFD]/u.test(text);

const invalid = (diagnostics: string): InvalidRequest => new InvalidRequest({ code: 'value', diagnostics });
