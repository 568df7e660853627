import { Inject, Injectable } from '@nestjs/common';
import { LocalAccounts, type UserAccount } from '../../auth/accounts/local-accounts.js';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../../auth/accounts/local-auth.options.js';
import type { Principal } from '../../auth/principal.js';
import { SearchInteraction } from '../../fhir/interactions/search/search.interaction.js';
import { FhirError } from '../../r4/errors/fhir-error.js';
import type { JsonObject } from '../../r4/json/json.js';
import { ResourceRepository } from '../../fhir/storage/resource.repository.js';
import { Refused } from '../../refusal/refusal.js';
import { AccessRules } from '../../scope/access-rules.js';
import { RequestContext } from '../../scope/request-context.js';
import type { AccessTrail } from '../../scope/access-trail.js';
import { PatientVisibility } from '../provider/interactions/patient-visibility.js';
import type { FormError } from './page.js';
import type { Seen } from './page-audit.js';
import { accountPrincipal, accountPrincipalFor, isPersonal } from './patients/account-principal.js';
import {
  type EncounterSummary,
  type PatientSummary,
  summariseEncounter,
  summarisePatient,
} from './patients/patient-words.js';
import { PeopleActedFor } from './patients/people-acted-for.js';
import { cursorOf, idOf, resourcesOf } from './patients/read-bundle.js';

export interface PatientQuery {
  readonly name?: string;
  readonly birthDate?: string;
  readonly identifier?: string;
  /** The page of the list, as the page before named it. */
  readonly page?: string;
}

export interface FoundPatients {
  readonly patients: readonly PatientSummary[];
  /** For the `page` of a query: others match as well; how many is not counted. */
  readonly next?: string;
  readonly previous?: string;
}

const pageSize = 20;
const mostEncounters = 10;
/** Words of a name are criteria each; nobody has more. */
const mostWords = 6;

/** Patients that a user may open an app with: found with the user's own access, never with more. */
@Injectable()
export class PatientDirectory extends PatientVisibility {
  constructor(
    private readonly accounts: LocalAccounts,
    private readonly people: PeopleActedFor,
    private readonly resources: ResourceRepository,
    private readonly searches: SearchInteraction,
    private readonly rules: AccessRules,
    @Inject(LOCAL_AUTH_OPTIONS) private readonly local: LocalAuthOptions,
  ) {
    super();
  }

  /** True if the user of this name may open an app with this patient. */
  async maySee(accountName: string, patientId: string): Promise<boolean> {
    const account = await this.accounts.findActiveByName(accountName);
    return account !== undefined && (await this.find(account, patientId)) !== undefined;
  }

  async maySeeEncounter(accountName: string, patientId: string, encounterId: string): Promise<boolean> {
    const account = await this.accounts.findActiveByName(accountName);
    if (!account) return false;
    return (await this.searchEncounters(account, patientId, { _id: encounterId })).length === 1;
  }

  async anyPatient(accountName: string): Promise<string | undefined> {
    const account = await this.accounts.findActiveByName(accountName);
    return account && (await this.search(account, {})).patients[0]?.id;
  }

  /** With `seen`, what is found is shown to the user. */
  async find(account: UserAccount, patientId: string, seen?: Seen): Promise<PatientSummary | undefined> {
    const query = new URLSearchParams({ _id: patientId });
    if (!isPersonal(account)) return this.read(account, patientId, this.trailOf(account, query, seen));
    const patient = (await this.people.of(account)).find(({ id }) => id === patientId);
    this.disclose(account, query, patient ? [patient] : [], seen);
    return patient && summarisePatient(patient);
  }

  /** The one patient there is for this user; undefined when there are several or none. */
  async only(account: UserAccount, seen?: Seen): Promise<PatientSummary | undefined> {
    // If there are several, none is shown yet.
    const { patients, next } = await this.search(account, {});
    const [one] = patients;
    return one && patients.length === 1 && next === undefined ? this.find(account, one.id, seen) : undefined;
  }

  /** A page of the list, in the order of names. Throws 400 for a value that is none, and what a page throws that is too old. */
  async search(account: UserAccount, query: PatientQuery, seen?: Seen): Promise<FoundPatients> {
    const parameters = parametersOf(query);
    if (isPersonal(account)) {
      const people = await this.people.of(account);
      this.disclose(account, parameters, people, seen);
      return { patients: people.map(summarisePatient) };
    }
    const trail = this.trailOf(account, parameters, seen);
    const context = await this.contextOf(accountPrincipal(account, this.local.issuer), trail);
    if (!context.may('Patient', 's')) return { patients: [] };
    const found = await this.inOrder(context, parameters);
    const [next, previous] = [cursorOf(found, 'next'), cursorOf(found, 'previous')];
    return {
      patients: resourcesOf(found).map(summarisePatient),
      ...(next !== undefined && { next }),
      ...(previous !== undefined && { previous }),
    };
  }

  /** Users who are not shown names get a list that is in no order of theirs. */
  private async inOrder(context: RequestContext, parameters: URLSearchParams): Promise<string> {
    const run = (query: URLSearchParams): Promise<string> =>
      this.searches.run(context, { type: 'Patient' }, query, { handling: 'strict' });
    const sorted = new URLSearchParams([...parameters, ['_sort', 'family,given,birthdate']]);
    return run(sorted).catch((error: unknown) => {
      if (error instanceof Refused && error.refusals[0].code === 'element-masked') return run(parameters);
      throw error;
    });
  }

  /** The patient's latest encounters that the user may see. */
  encounters(account: UserAccount, patientId: string, seen?: Seen): Promise<readonly EncounterSummary[]> {
    return this.searchEncounters(account, patientId, { _sort: '-date', _count: String(mostEncounters) }, seen);
  }

  private async searchEncounters(
    account: UserAccount,
    patientId: string,
    parameters: Readonly<Record<string, string>>,
    seen?: Seen,
  ): Promise<readonly EncounterSummary[]> {
    if ((await this.find(account, patientId)) === undefined) return [];
    const query = new URLSearchParams({ patient: patientId, ...parameters });
    const principal = accountPrincipalFor(account, this.local.issuer, patientId);
    const context = await this.contextOf(principal, this.trailOf(account, query, seen));
    if (!context.may('Encounter', 's')) return [];
    return resourcesOf(await this.searches.run(context, { type: 'Encounter' }, query)).map(summariseEncounter);
  }

  private async read(account: UserAccount, id: string, trail?: AccessTrail): Promise<PatientSummary | undefined> {
    const context = await this.contextOf(accountPrincipal(account, this.local.issuer), trail);
    if (!context.may('Patient', 'r')) return undefined;
    const found = await this.resources.find(context.accessTo('Patient', 'r'), id);
    return found && !found.deleted ? summarisePatient(JSON.parse(found.body) as JsonObject) : undefined;
  }

  private async contextOf(principal: Principal, trail?: AccessTrail): Promise<RequestContext> {
    return new RequestContext(await this.rules.consult(principal), this.rules, trail);
  }

  private trailOf(account: UserAccount, query: URLSearchParams, seen?: Seen): AccessTrail | undefined {
    return seen?.(accountPrincipal(account, this.local.issuer), query);
  }

  /** Records the patients that the server found as shown to the user. */
  private disclose(account: UserAccount, query: URLSearchParams, patients: readonly JsonObject[], seen?: Seen): void {
    const trail = this.trailOf(account, query, seen);
    for (const patient of patients)
      trail?.disclose({ type: 'Patient', id: idOf(patient), versionId: versionOf(patient) });
  }
}

/** A value that the search does not take finds nobody, and says why; other errors are thrown. */
export function whyNotSearchable(error: unknown): FormError {
  if (error instanceof Refused && error.refusals[0].code.startsWith('cursor-')) {
    return { text: ({ patients }) => patients.staleList };
  }
  if (!(error instanceof FhirError) || error.status !== 400) throw error;
  return error.message.includes('birthdate')
    ? { field: 'birthdate', text: ({ patients }) => patients.badDate }
    : { field: 'name', text: ({ patients }) => patients.badSearch };
}

const versionOf = ({ meta }: JsonObject): number =>
  Number((meta as { readonly versionId?: string } | undefined)?.versionId ?? 0);

function parametersOf({ name = '', birthDate = '', identifier = '', page = '' }: PatientQuery): URLSearchParams {
  const parameters = new URLSearchParams({ _count: String(pageSize) });
  for (const word of name
    .split(/\s+/)
    .filter((part) => part !== '')
    .slice(0, mostWords)) {
    parameters.append('name', escaped(word));
  }
  if (birthDate !== '') parameters.append('birthdate', escaped(birthDate));
  if (identifier !== '') parameters.append('identifier', escaped(identifier));
  if (page !== '') parameters.append('_cursor', page);
  return parameters;
}

/** Escapes typed text, so that it is one value in FHIR's syntax. */
const escaped = (value: string): string => value.trim().replace(/[\\,|$]/g, (special) => `\\${special}`);
