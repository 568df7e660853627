import type { IncomingMessage, ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { LocalAccounts } from '../../../auth/accounts/local-accounts.js';
import type { JsonObject } from '../../../r4/json/json.js';
import { OauthClients, type OauthClient } from '../../clients/oauth-client.js';
import type { InteractionDecision } from '../../interaction-decision.js';
import { Launches, type Launch, type LaunchContext } from '../../launch/launch-context.js';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../../oauth2-options.js';
import { isAdminScope } from '../../../scope/grammar/admin-scope.js';
import { scopesWithinCeiling } from '../../scopes/offered-scopes.js';
import { Grants } from '../grants.js';
import { BrowserLogins } from './browser-logins.js';
import { DecisionRefused, InteractionExpired } from './interaction-errors.js';
import { judgeDecision, needsPatient } from './judge-decision.js';
import { OidcProviders, type OidcInteraction, type OidcProvider } from '../oidc-providers.js';
import { PatientVisibility } from './patient-visibility.js';

/** Facts that the pages have to find out. */
export interface InteractionNeeds {
  readonly login: boolean;
  readonly patient: boolean;
  readonly encounter: boolean;
  readonly consent: boolean;
}

/** A user at an app's door: from the authorization request until {@link Interactions.decide}. */
export interface OpenInteraction {
  readonly uid: string;
  readonly client: OauthClient;
  /** The scopes that were asked, as far as the client may ask for them. */
  readonly asked: readonly string[];
  readonly launch?: Launch;
  readonly needs: InteractionNeeds;
  /** Account that is already logged in, in this browser. */
  readonly account?: string;
  /** Seconds since 1970 when that login was, and how. With `account`. */
  readonly authenticatedAt?: number;
  readonly amr?: readonly string[];
  /** The server that the tokens are for, as they name it. */
  readonly server: string;
  /** Name of the user, as the app supposes. */
  readonly loginHint?: string;
  /** Languages that the app asked the pages to be in: BCP 47 tags between spaces. */
  readonly uiLocales?: string;
  /** Facts that the pages have found out so far. */
  readonly state: JsonObject;
}

/** Result of a decision. */
export interface Concluded {
  /** Address to which the browser has to go. */
  readonly address: string;
  /** Granted scopes; empty when the app is told that it gets nothing. */
  readonly scopes: readonly string[];
  readonly context?: LaunchContext;
}

export type DenyReason = 'denied' | 'no-rights' | 'no-patient';

const refusals: Readonly<Record<DenyReason, string>> = {
  denied: 'The user refused to let the app in.',
  'no-patient': 'There is no patient that the user may open the app with.',
  'no-rights': 'The user has none of the rights that the app asks for.',
};

/** The provider's side of the pages: they ask what is to be decided, and hand the decision back. */
@Injectable()
export class Interactions {
  constructor(
    private readonly providers: OidcProviders,
    private readonly clients: OauthClients,
    private readonly launches: Launches,
    private readonly accounts: LocalAccounts,
    private readonly sight: PatientVisibility,
    private readonly grants: Grants,
    private readonly logins: BrowserLogins,
    @Inject(OAUTH2_OPTIONS) private readonly options: Oauth2Options,
  ) {}

  /** Reads what this browser's cookie stands for. Throws {@link InteractionExpired}. */
  async open(req: IncomingMessage, res: ServerResponse): Promise<OpenInteraction> {
    const provider = await this.providers.current();
    return this.describe(provider, await interactionOf(provider, req, res));
  }

  /** Keeps what the pages learnt so far in the database, for whichever process serves the next page. */
  async save({ uid }: OpenInteraction, state: JsonObject): Promise<void> {
    const provider = await this.providers.current();
    const interaction = await provider.Interaction.find(uid);
    if (!interaction) throw new InteractionExpired();
    interaction.lastSubmission = { state };
    await interaction.persist();
  }

  /** Judges the decision and keeps it as a grant. Throws {@link DecisionRefused}. */
  async decide(
    req: IncomingMessage,
    res: ServerResponse,
    open: OpenInteraction,
    decision: InteractionDecision,
  ): Promise<Concluded> {
    const account = await this.accounts.findActiveByName(decision.account);
    if (!account) throw new DecisionRefused('This account is not there, or is disabled.');
    if (account.oneTimeUntil !== null) throw new DecisionRefused('The user has to choose a password first.');
    const context = { ...open.launch?.context, ...decision.context };
    const judged = { ...decision, account: account.name, context };
    const scopes = await judgeDecision(open, judged, account, this.sight);
    if (scopes.length === 0) return { address: await this.refuse(req, res, open, 'denied'), scopes };
    const provider = await this.providers.current();
    const interaction = await interactionOf(provider, req, res, open.uid);
    await this.useLaunch(interaction);
    await this.leaveOtherSession(req, interaction, account.name);
    const grantId = await this.keep(provider, open, { ...judged, scopes });
    // The user may have narrowed what was asked: from here on that is the request.
    interaction.params['scope'] = scopes.join(' ');
    const { authenticatedAt: ts, amr } = decision;
    interaction.result = { login: { accountId: account.name, ts, amr: [...amr] }, consent: { grantId } };
    await interaction.persist();
    return { address: interaction.returnTo, scopes, context };
  }

  /** Keeps the login alone, for a client whose users are not asked; the grant is made as the request goes on. Returns where. */
  async logIn(
    req: IncomingMessage,
    res: ServerResponse,
    open: OpenInteraction,
    { account, authenticatedAt: ts, amr }: Pick<InteractionDecision, 'account' | 'authenticatedAt' | 'amr'>,
  ): Promise<string> {
    const provider = await this.providers.current();
    const interaction = await interactionOf(provider, req, res, open.uid);
    await this.leaveOtherSession(req, interaction, account);
    interaction.result = { login: { accountId: account, ts, amr: [...amr] } };
    await interaction.persist();
    return interaction.returnTo;
  }

  /** Keeps that nothing is granted. Returns where the browser has to go to tell the app. */
  async refuse(req: IncomingMessage, res: ServerResponse, open: OpenInteraction, reason: DenyReason): Promise<string> {
    const provider = await this.providers.current();
    const interaction = await interactionOf(provider, req, res, open.uid);
    interaction.result = { error: 'access_denied', error_description: refusals[reason] };
    await interaction.persist();
    return interaction.returnTo;
  }

  private async describe(provider: OidcProvider, interaction: OidcInteraction): Promise<OpenInteraction> {
    const { params, lastSubmission, prompt, uid } = interaction;
    const client = await this.clients.find(String(params['client_id']));
    if (!client) throw new InteractionExpired();
    const server = this.serverOf(interaction);
    const within = scopesWithinCeiling(String(params['scope']).split(' '), client);
    // Rights to administer are rights at this server alone.
    const asked = server === this.options.fhirBase ? within : within.filter((scope) => !isAdminScope(scope));
    const launch = await this.launchOf(interaction);
    const { login_hint: hint, ui_locales: uiLocales } = params;
    return {
      uid,
      client,
      asked,
      server,
      ...(launch && { launch }),
      needs: needsOf(asked, launch, prompt.name === 'login'),
      ...(await loginOf(provider, interaction)),
      ...(typeof hint === 'string' && { loginHint: hint }),
      ...(typeof uiLocales === 'string' && { uiLocales }),
      state: (lastSubmission?.['state'] as JsonObject | undefined) ?? {},
    };
  }

  private serverOf({ params }: OidcInteraction): string {
    const { resource } = params;
    return typeof resource === 'string' ? resource : this.options.fhirBase;
  }

  private async launchOf({ params }: OidcInteraction): Promise<Launch | undefined> {
    const value = params['launch'];
    if (typeof value !== 'string') return undefined;
    const launch = await this.launches.find(value, String(params['client_id']));
    if (!launch) throw new InteractionExpired();
    return launch;
  }

  private async useLaunch({ params }: OidcInteraction): Promise<void> {
    const value = params['launch'];
    if (typeof value === 'string' && !(await this.launches.consume(value))) throw new InteractionExpired();
  }

  /** Somebody else logs in in the same browser: what ends with the session of the one before ends now. */
  private async leaveOtherSession(req: IncomingMessage, interaction: OidcInteraction, account: string) {
    await this.logins.leaveOthers(req, account);
    if (interaction.session && interaction.session.accountId !== account) delete interaction.session;
  }

  private async keep(
    provider: OidcProvider,
    { client, server }: OpenInteraction,
    { account, scopes, context }: InteractionDecision,
  ): Promise<string> {
    const grant = new provider.Grant({ accountId: account, clientId: client.id });
    grant.addOIDCScope(scopes.join(' '));
    grant.addResourceScope(server, scopes.join(' '));
    const grantId = await grant.save();
    await this.grants.describe(grantId, scopes, context);
    return grantId;
  }
}

const needsOf = (asked: readonly string[], launch: Launch | undefined, login: boolean): InteractionNeeds => ({
  login,
  patient: needsPatient(asked) && launch?.context.patient === undefined,
  encounter: asked.includes('launch/encounter') && launch?.context.encounter === undefined,
  consent: true,
});

type KnownLogin = Pick<OpenInteraction, 'account' | 'authenticatedAt' | 'amr'>;

/** The login of this browser, while the session lives. */
async function loginOf(provider: OidcProvider, { session }: OidcInteraction): Promise<KnownLogin> {
  const stored = session && (await provider.Session.findByUid(session.uid));
  if (stored?.accountId === undefined) return {};
  return { account: stored.accountId, authenticatedAt: stored.loginTs ?? 0, amr: stored.amr ?? [] };
}

async function interactionOf(
  provider: OidcProvider,
  req: IncomingMessage,
  res: ServerResponse,
  uid?: string,
): Promise<OidcInteraction> {
  const interaction = await provider.interactionDetails(req, res).catch((error: unknown) => {
    throw isSessionNotFound(error) ? new InteractionExpired() : error;
  });
  if (interaction.result || (uid !== undefined && interaction.uid !== uid)) throw new InteractionExpired();
  return interaction;
}

const isSessionNotFound = (error: unknown): boolean => error instanceof Error && error.name === 'SessionNotFound';
