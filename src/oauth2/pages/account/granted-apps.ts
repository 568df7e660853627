import { Inject, Injectable } from '@nestjs/common';
import type { UserAccount } from '../../../auth/accounts/local-accounts.js';
import { OauthClients } from '../../clients/oauth-client.js';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../../oauth2-options.js';
import { Grants, type OauthGrant } from '../../provider/grants.js';
import { PatientDirectory } from '../patient-directory.js';

/** An app, and what its user let it do, all its launches together. */
export interface GrantedApp {
  readonly clientId: string;
  /** Undefined when the app is no longer registered. */
  readonly name: string | undefined;
  readonly since: Date;
  readonly usedAt: Date;
  readonly scopes: readonly string[];
  /** The other servers that hold the data. */
  readonly servers: readonly string[];
  /** Names of the patients whose records it was opened with. */
  readonly patients: readonly string[];
}

const mostPatients = 5;

/** Lists the grants of a user, and ends them. */
@Injectable()
export class GrantedApps {
  constructor(
    private readonly grants: Grants,
    private readonly clients: OauthClients,
    private readonly patients: PatientDirectory,
    @Inject(OAUTH2_OPTIONS) private readonly options: Pick<Oauth2Options, 'fhirBase'>,
  ) {}

  /** The one used last comes first. */
  async of(account: UserAccount): Promise<readonly GrantedApp[]> {
    const byClient = new Map<string, OauthGrant[]>();
    for (const grant of await this.grants.ofAccount(account.name)) {
      byClient.set(grant.clientId, [...(byClient.get(grant.clientId) ?? []), grant]);
    }
    const apps = await Promise.all([...byClient].map(([clientId, grants]) => this.describe(account, clientId, grants)));
    return apps.toSorted((one, other) => other.usedAt.getTime() - one.usedAt.getTime());
  }

  /** Ends what the user granted to the app; other users' grants stay. */
  async end(account: UserAccount, clientId: string): Promise<void> {
    for (const grant of await this.grants.ofAccount(account.name)) {
      if (grant.clientId === clientId) await this.grants.end(grant.id);
    }
  }

  private async describe(account: UserAccount, clientId: string, grants: readonly OauthGrant[]): Promise<GrantedApp> {
    const ids = [...new Set(grants.flatMap(({ context }) => context.patient ?? []))].slice(0, mostPatients);
    const { fhirBase } = this.options;
    const found = await Promise.all(ids.map((id) => this.patients.find(account, id)));
    const times = grants.map(({ createdAt, usedAt }) => [createdAt, usedAt ?? createdAt].map((time) => time.getTime()));
    return {
      clientId,
      name: (await this.clients.find(clientId))?.name,
      since: new Date(Math.min(...times.map(([created]) => created!))),
      usedAt: new Date(Math.max(...times.map(([, used]) => used!))),
      scopes: [...new Set(grants.flatMap(({ scopes }) => scopes))],
      servers: [...new Set(grants.flatMap(({ server = fhirBase }) => (server === fhirBase ? [] : server)))],
      patients: found.flatMap((patient) => patient?.name ?? []),
    };
  }
}
