import { Inject, Injectable } from '@nestjs/common';
import { LocalAccounts, type UserAccount } from '../../auth/accounts/local-accounts.js';
import type { JsonObject } from '../../r4/json/json.js';
import { LoginProviders } from '../login-providers/login-providers.js';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../oauth2-options.js';
import { FirstPartyGrants } from '../provider/first-party-grants.js';
import { Interactions, type OpenInteraction } from '../provider/interactions/interactions.js';
import { offeredScopes } from '../scopes/offered-scopes.js';
import { grantsNothing } from './consent/decide-scopes.js';
import { consentPage } from './consent/consent-page.js';
import { type CompleteLogin, type InteractionState, loginOf, readState } from './interaction-state.js';
import type { Look } from './look.js';
import type { FormError } from './page.js';
import type { Seen } from './page-audit.js';
import { PatientDirectory, type PatientQuery, whyNotSearchable } from './patient-directory.js';
import { isPersonal } from './patients/account-principal.js';
import type { PatientSummary } from './patients/patient-words.js';
import { SignIn } from './sign-in.js';
import { deadEndPage } from './views/leaving-page.js';
import { loginPage } from './views/login-page.js';
import { newPasswordPage } from './views/password-page.js';
import { encounterPage, patientPage } from './views/patient-page.js';
import { secondFactorPage } from './views/second-factor-page.js';

/** A page to be shown, and what brought it about. */
export interface Visit {
  readonly open: OpenInteraction;
  readonly look: Look;
  /** For the forms of the page. */
  readonly token: string;
  readonly errors?: readonly FormError[];
  /** Text typed as the user name. */
  readonly name?: string;
  readonly query?: PatientQuery;
  /** Records the patients that the page shows. */
  readonly seen: Seen;
}

interface Stage extends Visit {
  readonly state: InteractionState;
  readonly account: UserAccount;
}

/** Finds the next page between the request of an app and the user's decision. */
@Injectable()
export class InteractionSteps {
  constructor(
    private readonly interactions: Interactions,
    private readonly accounts: LocalAccounts,
    private readonly signIn: SignIn,
    private readonly patients: PatientDirectory,
    private readonly logins: LoginProviders,
    private readonly firstParty: FirstPartyGrants,
    @Inject(OAUTH2_OPTIONS) private readonly options: Oauth2Options,
  ) {}

  /** The login, when it is all that there is to find out: a first-party client asks its users nothing. */
  async loginAlone(open: OpenInteraction): Promise<CompleteLogin | undefined> {
    const login = loginOf(open, readState(open));
    const account = login && (await this.accounts.findActiveByName(login.account));
    return account && this.firstParty.scopesFor(open, account).length > 0 ? login : undefined;
  }

  /** The page for what is to be found out next. */
  async show(visit: Visit): Promise<string> {
    const state = readState(visit.open);
    const login = loginOf(visit.open, state);
    const account = login && (await this.accounts.findActiveByName(login.account));
    if (account && account.oneTimeUntil !== null) return this.showNewPassword({ ...visit, state, account });
    if (account) return this.showFor({ ...visit, state, account });
    const pending = state.pending === undefined ? undefined : await this.accounts.findActiveByName(state.pending);
    return pending ? this.showSecondFactor({ ...visit, state, account: pending }) : this.showLogin(visit);
  }

  /** Keeps what was learnt; `undefined` forgets. */
  save(open: OpenInteraction, state: InteractionState): Promise<void> {
    return this.interactions.save(open, JSON.parse(JSON.stringify(state)) as JsonObject);
  }

  addressOf = ({ uid }: OpenInteraction): string => `${this.options.issuer}/interaction/${encodeURIComponent(uid)}`;

  private showLogin(visit: Visit): string {
    const { open, errors = [], name = open.loginHint ?? '' } = visit;
    const providers = this.logins
      .list()
      .map((provider) => ({ name: provider.name, address: this.logins.startAddress(provider.id, open.uid) }));
    return loginPage({ ...this.frame(visit), app: open.client.name, providers, name, errors, canCancel: true });
  }

  private async showSecondFactor(stage: Stage): Promise<string> {
    const { open, errors = [], account, state } = stage;
    const { challenge, ...step } = await this.signIn.secondStep(account);
    if (challenge !== undefined) await this.save(open, { ...state, challenge });
    const script = `${this.options.issuer}/passkey.js`;
    return secondFactorPage({ ...this.frame(stage), ...step, account: account.name, script, errors });
  }

  private async showFor(stage: Stage): Promise<string> {
    const { open, account, look } = stage;
    const { deadEnds } = look.words;
    if (open.launch && open.launch.user !== account.name) {
      return this.deadEnd(stage, deadEnds.otherUser);
    }
    const { offered, leftOut } = offeredScopes(open.asked, open.client, account);
    const scopes = offered.map(({ scope }) => scope);
    if (grantsNothing(scopes)) {
      return this.deadEnd(stage, deadEnds.nothing(open.client.name));
    }
    const patient = await this.patientOf(stage);
    if (patient === 'none') return this.showPatients(stage);
    const ready = patient ? await this.withEncounter(stage, patient) : undefined;
    if (ready !== undefined) return ready;
    return consentPage({
      ...this.frame(stage),
      client: open.client,
      ...(open.server !== this.options.fhirBase && { server: open.server }),
      account: account.name,
      ...(patient && { patient }),
      offered: scopes,
      leftOut,
      appsUrl: `${this.addressOf(open)}/apps`,
      offlineDays: Math.floor(this.options.refreshTokenTtl / 86_400),
      errors: stage.errors ?? [],
    });
  }

  /** Comes before any decision, since the administrator knows the one-time password, too. */
  private showNewPassword(stage: Stage): string {
    const { account, errors = [] } = stage;
    const { look, action, token } = this.frame(stage);
    return newPasswordPage({
      look,
      target: `${action}/password`,
      token,
      account: account.name,
      errors,
      why: look.words.password.oneTime,
    });
  }

  /** The patient of the launch or the one chosen; `none` while there has to be one. */
  private async patientOf({ open, state, account, seen }: Stage): Promise<PatientSummary | undefined | 'none'> {
    const id = open.launch?.context.patient ?? state.patient;
    if (id !== undefined) return (await this.patients.find(account, id, seen)) ?? 'none';
    if (!open.needs.patient) return undefined;
    const only = await this.patients.only(account, seen);
    if (!only) return 'none';
    await this.save(open, { ...state, patient: only.id });
    return only;
  }

  private async showPatients(stage: Stage): Promise<string> {
    const { open, account, query = {}, errors = [], seen, look } = stage;
    const { deadEnds } = look.words;
    if (open.launch?.context.patient !== undefined) {
      return this.deadEnd(stage, deadEnds.notYours);
    }
    const { found, wrong } = await this.search(account, query, seen);
    if (isPersonal(account) && found.patients.length === 0) {
      return this.deadEnd(stage, deadEnds.noRecord);
    }
    return patientPage({
      ...this.frame(stage),
      app: open.client.name,
      account: account.name,
      searchable: !isPersonal(account),
      query,
      found,
      errors: [...errors, ...wrong],
    });
  }

  private async search(account: UserAccount, query: PatientQuery, seen: Seen) {
    try {
      return { found: await this.patients.search(account, query, seen), wrong: [] };
    } catch (error) {
      const wrong = [whyNotSearchable(error)];
      // A page of the list that is too old: the list starts anew.
      const { page, ...rest } = query;
      if (page !== undefined) return { found: await this.patients.search(account, rest, seen), wrong };
      return { found: { patients: [] }, wrong };
    }
  }

  /** A page to choose an encounter, when there is a choice. */
  private async withEncounter(stage: Stage, patient: PatientSummary): Promise<string | undefined> {
    const { open, state, account, seen } = stage;
    if (!open.needs.encounter || state.encounter !== undefined) return undefined;
    const encounters = await this.patients.encounters(account, patient.id, seen);
    if (encounters.length === 0) return undefined;
    const { name } = open.client;
    return encounterPage({ ...this.frame(stage), app: name, account: account.name, patient, encounters });
  }

  private deadEnd(stage: Stage, [title, text]: readonly [string, string]): string {
    return deadEndPage({ ...this.frame(stage), title, text, account: stage.account.name });
  }

  private frame({ open, token, look }: Visit) {
    return { look, action: this.addressOf(open), token };
  }
}
