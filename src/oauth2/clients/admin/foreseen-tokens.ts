import { Inject, Injectable } from '@nestjs/common';
import { LocalAccounts, type UserAccount } from '../../../auth/accounts/local-accounts.js';
import { ForeseenCallers } from '../../../auth/foreseen-callers.js';
import { chooseScopes, splitScopes } from '../../../auth/login/login-scopes.js';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../../../auth/accounts/local-auth.options.js';
import { LoginTokens } from '../../../auth/login/login-tokens.js';
import type { Principal } from '../../../auth/principal.js';
import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import { needsPatient } from '../../provider/interactions/judge-decision.js';
import { claimsOfMachine, claimsOfUser } from '../../provider/tokens/token-claims.js';
import { offeredScopes, scopesWithinCeiling, type WhyLeftOut } from '../../scopes/offered-scopes.js';
import { type GrantType, type OauthClient } from '../oauth-client.js';
import { OauthClientStore } from '../oauth-client-store.js';

/** Token that a question is about. */
export interface TokenAsked {
  /** Name of the user; absent: a token that the client gets for itself. */
  readonly user?: string;
  /** Absent: the token of a login with the password, which has no app. */
  readonly client?: string;
  /** Scopes between spaces; absent: all that there can be. */
  readonly scope?: string;
  /** Id of the patient in context, where the scopes need one. */
  readonly patient?: string;
}

/** Caller that a token would make, and the scopes that it would not have. */
export interface ForeseenToken {
  readonly principal: Principal;
  readonly leftOut: readonly { readonly scope: string; readonly why: string }[];
}

/** Works out tokens of users and clients by the functions that give real ones. */
@Injectable()
export class ForeseenTokens {
  // oxlint-disable-next-line max-params -- Nest injects them
  constructor(
    private readonly accounts: LocalAccounts,
    private readonly clients: OauthClientStore,
    private readonly logins: LoginTokens,
    private readonly callers: ForeseenCallers,
    @Inject(LOCAL_AUTH_OPTIONS) private readonly options: LocalAuthOptions,
  ) {}

  /** Throws 404 for a user or client that there is not, 400 for one that gets no such token. */
  async of(asked: TokenAsked): Promise<ForeseenToken> {
    const { user, client } = asked;
    if (user === undefined) return this.ofMachine(await this.clientOf(client ?? '', 'client_credentials'), asked);
    const account = await this.accounts.get(user);
    if (account.disabledAt !== null)
      throw refused(
        `The user ${account.name} is disabled, so that no token of theirs counts. Enable the account first.`,
      );
    if (client === undefined) return this.ofLogin(account, asked);
    return this.ofApp(account, await this.clientOf(client, 'authorization_code'), asked);
  }

  private async ofLogin(account: UserAccount, { scope }: TokenAsked): Promise<ForeseenToken> {
    const scopes = chooseScopes(scope, splitScopes(account.grants), this.options.scopeWithin);
    const asked = scope === undefined ? [] : splitScopes(scope);
    return {
      principal: await this.callers.of({ ...this.logins.claimsFor(account, scopes) }),
      leftOut: asked.filter((one) => !scopes.includes(one)).map((one) => ({ scope: one, why: whys.noRight })),
    };
  }

  private async ofApp(account: UserAccount, client: OauthClient, asked: TokenAsked): Promise<ForeseenToken> {
    const wanted = asked.scope === undefined ? client.scopes : splitScopes(asked.scope);
    const { offered, leftOut } = offeredScopes(wanted, client, account);
    const scopes = offered.map(({ scope }) => scope);
    const patient = needsPatient(scopes) ? asked.patient : undefined;
    const server = this.options.fhirBase;
    const claims = { sub: account.name, ...claimsOfUser(account, { server, client, patient }) };
    return {
      principal: await this.callers.of({ ...this.claimsFor(client.id, scopes), ...claims }),
      leftOut: leftOut.map(({ scope, why, detail }) => ({ scope, why: detail ?? whys[why] })),
    };
  }

  /** As the token endpoint gives them: scopes of machines that are registered as they are asked for. */
  private async ofMachine(client: OauthClient, asked: TokenAsked): Promise<ForeseenToken> {
    const wanted = asked.scope === undefined ? client.scopes : splitScopes(asked.scope);
    const registered = client.scopes.filter(isOfMachines);
    const scopes = scopesWithinCeiling(wanted.filter(isOfMachines), { scopes: registered }).filter((scope) =>
      wanted.includes(scope),
    );
    const why = (scope: string): string => (isOfMachines(scope) ? whys.unregistered : whys.users);
    return {
      principal: await this.callers.of({
        ...this.claimsFor(client.id, scopes),
        sub: client.id,
        ...claimsOfMachine(client),
      }),
      leftOut: wanted.filter((scope) => !scopes.includes(scope)).map((scope) => ({ scope, why: why(scope) })),
    };
  }

  private claimsFor(clientId: string, scopes: readonly string[]) {
    const { issuer, fhirBase, tokenTtl } = this.options;
    const iat = Math.floor(Date.now() / 1_000);
    return { iss: issuer, aud: fhirBase, client_id: clientId, scope: scopes.join(' '), iat, exp: iat + tokenTtl };
  }

  private async clientOf(id: string, grant: GrantType): Promise<OauthClient> {
    const client = (await this.clients.find(id)) ?? (await this.clients.get(id));
    if (client.disabled)
      throw refused(`The client ${client.id} is disabled, so that it gets no tokens. Enable it first.`);
    if (client.grantTypes.includes(grant)) return client;
    throw refused(
      grant === 'client_credentials'
        ? `The client ${client.id} gets no tokens of its own: it is not registered for client_credentials. Ask what a user may do through it: users/<name>/access?client=${client.id}.`
        : `No user gets tokens through the client ${client.id}: it is not registered for authorization_code. Ask what it may do itself: clients/${client.id}/access.`,
    );
  }
}

const isOfMachines = (scope: string): boolean => scope.startsWith('system/');

/** Reasons why a scope would not be in the token. */
const whys: Readonly<Record<WhyLeftOut | 'users', string>> = {
  unregistered: 'it is not registered for the client',
  unlinked: 'the account is linked to no resource of a person',
  machines: 'it is for machines, and the token would be of a user',
  noRight: 'the user is not granted it',
  notRead: 'it is not a scope that this server knows',
  users: 'it is for users, and the token would be of a machine',
};

const refused = (diagnostics: string): InvalidRequest => new InvalidRequest({ code: 'business-rule', diagnostics });
