import { Inject, Injectable } from '@nestjs/common';
import { LocalAccounts, type UserAccount } from '../../auth/local-accounts.js';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../../auth/local-auth.options.js';
import type { Principal } from '../../auth/principal.js';
import { SearchInteraction } from '../../fhir/interactions/search.interaction.js';
import { FhirError } from '../../fhir/model/fhir-error.js';
import type { JsonObject } from '../../fhir/model/json.js';
import { ResourceRepository } from '../../fhir/storage/resource.repository.js';
import { AccessRules } from '../../scope/access-rules.js';
import { RequestContext } from '../../scope/request-context.js';
import { PatientSight } from '../provider/patient-sight.js';
import { accountPrincipal, accountPrincipalFor, isPersonal } from './patients/account-principal.js';
import {
  type EncounterSummary,
  type PatientSummary,
  summariseEncounter,
  summarisePatient,
} from './patients/patient-words.js';
import { PeopleActedFor } from './patients/people-acted-for.js';
import { hasNextPage, resourcesOf } from './patients/read-bundle.js';

export interface PatientQuery {
  readonly name?: string;
  readonly birthDate?: string;
  readonly identifier?: string;
}

export interface FoundPatients {
  readonly patients: readonly PatientSummary[];
  /** Others match as well; how many is not counted. */
  readonly hasMore: boolean;
}

const pageSize = 20;
const mostEncounters = 10;
/** Words of a name are criteria each; nobody has more. */
const mostWords = 6;

/** Which patients a user may open an app with: found with the user's own access, never with more. */
@Injectable()
export class PatientDirectory extends PatientSight {
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

  /** Whether the user of this name may open an app with this patient. */
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

  async find(account: UserAccount, patientId: string): Promise<PatientSummary | undefined> {
    const patient = isPersonal(account)
      ? (await this.people.of(account)).find(({ id }) => id === patientId)
      : await this.read(account, patientId);
    return patient && summarisePatient(patient);
  }

  /** The one patient there is for this user; undefined when there are several or none. */
  async only(account: UserAccount): Promise<PatientSummary | undefined> {
    const { patients, hasMore } = await this.search(account, {});
    return patients.length === 1 && !hasMore ? patients[0] : undefined;
  }

  /** The first page, in the order of names. Throws 400 for a value that is none. */
  async search(account: UserAccount, query: PatientQuery): Promise<FoundPatients> {
    if (isPersonal(account)) {
      return { patients: (await this.people.of(account)).map(summarisePatient), hasMore: false };
    }
    const context = this.contextOf(accountPrincipal(account, this.local.issuer));
    if (!context.may('Patient', 's')) return { patients: [], hasMore: false };
    const found = await this.searches.run(context, { type: 'Patient' }, parametersOf(query), { handling: 'strict' });
    const patients = resourcesOf(found).map(summarisePatient);
    return { patients: patients.toSorted((a, b) => a.name.localeCompare(b.name)), hasMore: hasNextPage(found) };
  }

  /** The patient's latest encounters that the user may see. */
  encounters(account: UserAccount, patientId: string): Promise<readonly EncounterSummary[]> {
    return this.searchEncounters(account, patientId, { _sort: '-date', _count: String(mostEncounters) });
  }

  private async searchEncounters(
    account: UserAccount,
    patientId: string,
    parameters: Readonly<Record<string, string>>,
  ): Promise<readonly EncounterSummary[]> {
    if ((await this.find(account, patientId)) === undefined) return [];
    const context = this.contextOf(accountPrincipalFor(account, this.local.issuer, patientId));
    if (!context.may('Encounter', 's')) return [];
    const query = new URLSearchParams({ patient: patientId, ...parameters });
    return resourcesOf(await this.searches.run(context, { type: 'Encounter' }, query)).map(summariseEncounter);
  }

  private async read(account: UserAccount, id: string): Promise<JsonObject | undefined> {
    const context = this.contextOf(accountPrincipal(account, this.local.issuer));
    if (!context.may('Patient', 'r')) return undefined;
    const found = await this.resources.find(context.accessTo('Patient', 'r'), id);
    return found && !found.deleted ? (JSON.parse(found.body) as JsonObject) : undefined;
  }

  private contextOf(principal: Principal): RequestContext {
    return new RequestContext(principal, this.rules);
  }
}

/** A value that the search does not take finds nobody, and says why. */
export const whyNotSearchable = (error: unknown): string | undefined =>
  error instanceof FhirError && error.status === 400 ? error.message : undefined;

function parametersOf({ name = '', birthDate = '', identifier = '' }: PatientQuery): URLSearchParams {
  const parameters = new URLSearchParams({ _count: String(pageSize) });
  for (const word of name
    .split(/\s+/)
    .filter((part) => part !== '')
    .slice(0, mostWords)) {
    parameters.append('name', escaped(word));
  }
  if (birthDate !== '') parameters.append('birthdate', escaped(birthDate));
  if (identifier !== '') parameters.append('identifier', escaped(identifier));
  return parameters;
}

/** What people type is one value, whatever it looks like in FHIR's syntax. */
const escaped = (value: string): string => value.trim().replace(/[\\,|$]/g, (special) => `\\${special}`);
