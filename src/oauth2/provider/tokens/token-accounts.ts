import { Inject, Injectable } from '@nestjs/common';
import type {
  AccessToken,
  Account,
  ClientCredentials,
  Configuration,
  Grant,
  KoaContextWithOIDC,
  UnknownObject,
} from 'oidc-provider';
import { LocalAccounts } from '../../../auth/accounts/local-accounts.js';
import { OauthClients } from '../../clients/oauth-client.js';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../../oauth2-options.js';
import { Grants, type OauthGrant } from '../grants.js';
import { PatientVisibility } from '../interactions/patient-visibility.js';
import { errors } from '../oidc-library.js';
import { claimsOfMachine, claimsOfUser, personUrl } from './token-claims.js';

type JwtCustomizer = NonNullable<NonNullable<NonNullable<Configuration['formats']>['customizers']>['jwt']>;
type FindAccount = NonNullable<Configuration['findAccount']>;

/** Finds the account of a token, and its launch. */
@Injectable()
export class TokenAccounts {
  constructor(
    private readonly accounts: LocalAccounts,
    private readonly grants: Grants,
    private readonly sight: PatientVisibility,
    private readonly clients: OauthClients,
    @Inject(OAUTH2_OPTIONS) private readonly options: Oauth2Options,
  ) {}

  /** Finds the account of a token; undefined if it is disabled, or if the session of the grant is over. */
  readonly find: FindAccount = async (ctx, name, token): Promise<Account | undefined> => {
    const account = await this.accounts.findActiveByName(name);
    if (!account) return undefined;
    if (token?.kind === 'RefreshToken' && !(await this.isSessionAlive(ctx, token.grantId))) return undefined;
    const { fhirUser } = account;
    const server = this.baseOf(serverOf(token));
    return {
      accountId: account.name,
      claims: async (_use, scope) => ({
        sub: account.name,
        ...(fhirUser !== null && scope.split(' ').includes('fhirUser') && { fhirUser: personUrl(fhirUser, server) }),
      }),
    };
  };

  readonly claimsOf = async (
    _ctx: KoaContextWithOIDC,
    token: AccessToken | ClientCredentials,
  ): Promise<UnknownObject | undefined> => {
    if (token.kind !== 'AccessToken') return this.claimsOfMachine(token.clientId);
    const [account, grant, client] = await Promise.all([
      this.accounts.findActiveByName(token.accountId),
      token.grantId === undefined ? undefined : this.grants.find(token.grantId),
      token.clientId === undefined ? undefined : this.clients.find(token.clientId),
    ]);
    // Either may have ended since the request began.
    if (!account || !grant) throw new errors.InvalidGrant('grant not found');
    const { patient } = grant.context;
    if (patient !== undefined && !(await this.sight.maySee(account.name, patient))) {
      throw new errors.InvalidGrant('the user has lost the rights to the patient, or the patient is gone');
    }
    return claimsOfUser(account, { server: this.baseOf(token.aud), client, patient });
  };

  /** Ending the grant ends the token: the resource server looks for its `sid` among what was revoked. */
  readonly nameGrant: JwtCustomizer = async (_ctx, token, jwt) => {
    const session = token.kind === 'AccessToken' ? token.grantId : await this.machineSession(token.clientId);
    if (session !== undefined) jwt.payload['sid'] = session;
  };

  /** Returns only the grant that the user has just decided on. */
  readonly decidedGrant = async ({ oidc }: KoaContextWithOIDC): Promise<Grant | undefined> => {
    const id = oidc.result?.consent?.grantId;
    if (id === undefined) return undefined;
    const grant = await oidc.provider.Grant.find(id);
    const kept = await this.grants.find(id);
    if (kept && endsWithSession(kept) && oidc.session) await this.grants.bindToSession(id, oidc.session.uid);
    return grant;
  };

  private async claimsOfMachine(clientId: string | undefined): Promise<UnknownObject | undefined> {
    const client = clientId === undefined ? undefined : await this.clients.find(clientId);
    return client && claimsOfMachine(client);
  }

  private async machineSession(clientId: string | undefined): Promise<string | undefined> {
    return clientId === undefined ? undefined : (await this.clients.find(clientId))?.machineSession;
  }

  private async isSessionAlive({ oidc }: KoaContextWithOIDC, grantId: string | undefined): Promise<boolean> {
    const grant = grantId === undefined ? undefined : await this.grants.find(grantId);
    if (!grant) return false;
    if (grant.sessionUid === null) return !endsWithSession(grant);
    const session = await oidc.provider.Session.findByUid(grant.sessionUid);
    if (session?.accountId === grant.account) return true;
    await this.grants.end(grant.id);
    return false;
  }

  private baseOf(server: unknown): string {
    return typeof server === 'string' ? server : this.options.fhirBase;
  }
}

/** The server that a code or a refresh token is for. */
const serverOf = (token: unknown): unknown => (token as { readonly resource?: unknown } | undefined)?.resource;

const endsWithSession = ({ scopes }: OauthGrant): boolean => !scopes.includes('offline_access');
