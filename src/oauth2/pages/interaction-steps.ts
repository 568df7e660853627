import { Inject, Injectable } from '@nestjs/common';
import { LocalAccounts, type UserAccount } from '../../auth/accounts/local-accounts.js';
import type { JsonObject } from '../../r4/json/json.js';
import { LoginProviders } from '../login-providers/login-providers.js';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../oauth2-options.js';
import { Interactions, type OpenInteraction } from '../provider/interactions/interactions.js';
import { offeredScopes } from '../scopes/offered-scopes.js';
import { grantsNothing } from './consent/decide-scopes.js';
import { consentPage } from './consent/consent-page.js';
import { type InteractionState, loginOf, readState } from './interaction-state.js';
import type { FormError } from './page.js';
import type { Seen } from './page-audit.js';
import { PatientDirectory, type PatientQuery, whyNotSearchable } from './patient-directory.js';
import { isPersonal } from './patients/account-principal.js';
import type { PatientSummary } from './patients/patient-words.js';
import { SignIn } from './sign-in.js';
import { deadEndPage } from './views/leaving-page.js';
import { loginPage } from './views/login-page.js';
import { newPasswordPage, oneTimeWords } from './views/password-page.js';
import { encounterPage, patientPage } from './views/patient-page.js';
import { secondFactorPage } from './views/second-factor-page.js';

/** A page to be shown, and what brought it about. */
export interface Visit {
  readonly open: OpenInteraction;
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
  private readonly host: string;

  constructor(
    private readonly interactions: Interactions,
    private readonly accounts: LocalAccounts,
    private readonly signIn: SignIn,
    private readonly patients: PatientDirectory,
    private readonly logins: LoginProviders,
    @Inject(OAUTH2_OPTIONS) private readonly options: Oauth2Options,
  ) {
    ({ host: this.host } = new URL(options.issuer));
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

  private showLogin({ open, token, errors = [], name = open.loginHint ?? '' }: Visit): string {
    const providers = this.logins
      .list()
      .map((provider) => ({ name: provider.name, address: this.logins.startAddress(provider.id, open.uid) }));
    return loginPage({ ...this.frame(open, token), app: open.client.name, providers, name, errors, canCancel: true });
  }

  private async showSecondFactor({ open, token, errors = [], account, state }: Stage): Promise<string> {
    const { challenge, ...step } = await this.signIn.secondStep(account);
    if (challenge !== undefined) await this.save(open, { ...state, challenge });
    const script = `${this.options.issuer}/passkey.js`;
    return secondFactorPage({ ...this.frame(open, token), ...step, account: account.name, script, errors });
  }

  private async showFor(stage: Stage): Promise<string> {
    const { open, account } = stage;
    if (open.launch && open.launch.user !== account.name) {
      return this.deadEnd(stage, 'Another user is expected', 'This app was opened for another user of this server.');
    }
    const { offered, leftOut } = offeredScopes(open.asked, open.client, account);
    const scopes = offered.map(({ scope }) => scope);
    if (grantsNothing(scopes)) {
      const text = `${open.client.name} asks for data that your account has no right to. Somebody who administers this server can change that.`;
      return this.deadEnd(stage, 'Nothing to share', text);
    }
    const patient = await this.patientOf(stage);
    if (patient === 'none') return this.showPatients(stage);
    const ready = patient ? await this.withEncounter(stage, patient) : undefined;
    if (ready !== undefined) return ready;
    return consentPage({
      ...this.frame(open, stage.token),
      client: open.client,
      ...(open.server !== this.options.fhirBase && { server: open.server }),
      account: account.name,
      ...(patient && { patient }),
      offered: scopes,
      leftOut: leftOut.map(({ scope, why }) => `${scope}: ${why}`),
      appsUrl: `${this.addressOf(open)}/apps`,
      offlineDays: Math.floor(this.options.refreshTokenTtl / 86_400),
      errors: stage.errors ?? [],
    });
  }

  /** Comes before any decision, since the administrator knows the one-time password, too. */
  private showNewPassword({ open, token, account, errors = [] }: Stage): string {
    const { host, action } = this.frame(open, token);
    return newPasswordPage({
      host,
      target: `${action}/password`,
      token,
      account: account.name,
      errors,
      why: oneTimeWords,
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
    const { open, account, token, query = {}, errors = [], seen } = stage;
    if (open.launch?.context.patient !== undefined) {
      return this.deadEnd(
        stage,
        'Not your patient',
        'This app was opened for a patient that your account may not see.',
      );
    }
    const { found, wrong } = await this.search(account, query, seen);
    if (isPersonal(account) && found.patients.length === 0) {
      const text = 'No health record is linked with your account. Ask whoever gave you the account to link it.';
      return this.deadEnd(stage, 'No record', text);
    }
    return patientPage({
      ...this.frame(open, token),
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
      const text = whyNotSearchable(error);
      if (text === undefined) throw error;
      return {
        found: { patients: [], hasMore: false },
        wrong: [{ field: text.includes('birthdate') ? 'birthdate' : 'name', text }],
      };
    }
  }

  /** A page to choose an encounter, when there is a choice. */
  private async withEncounter(stage: Stage, patient: PatientSummary): Promise<string | undefined> {
    const { open, state, account, token, seen } = stage;
    if (!open.needs.encounter || state.encounter !== undefined) return undefined;
    const encounters = await this.patients.encounters(account, patient.id, seen);
    if (encounters.length === 0) return undefined;
    const { name } = open.client;
    return encounterPage({ ...this.frame(open, token), app: name, account: account.name, patient, encounters });
  }

  private deadEnd({ open, token, account }: Stage, title: string, text: string): string {
    return deadEndPage({ ...this.frame(open, token), title, text, account: account.name });
  }

  private frame(open: OpenInteraction, token: string) {
    return { host: this.host, action: this.addressOf(open), token };
  }
}
