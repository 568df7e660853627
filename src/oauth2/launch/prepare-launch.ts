import { Injectable } from '@nestjs/common';
import { LocalAccounts } from '../../auth/accounts/local-accounts.js';
import { InvalidRequest } from '../../r4/errors/fhir-error.js';
import { OauthClients, type OauthClient } from '../clients/oauth-client.js';
import { PatientVisibility } from '../provider/interactions/patient-visibility.js';
import { type LaunchContext, Launches } from './launch-context.js';

export interface PreparedLaunch {
  readonly client: OauthClient;
  /** The `launch` value. */
  readonly value: string;
}

/** The EHR's part of an EHR launch: only for apps that may be launched, and about a patient whom both the user and the caller may see. */
@Injectable()
export class PrepareLaunch {
  constructor(
    private readonly launches: Launches,
    private readonly clients: OauthClients,
    private readonly accounts: LocalAccounts,
    private readonly sight: PatientVisibility,
  ) {}

  /** `seenBy`: names of accounts, each of which has to see the patient and the encounter. */
  async run(clientId: string, user: string, context: LaunchContext, seenBy = [user]): Promise<PreparedLaunch> {
    const client = await this.clients.find(clientId);
    if (!client) throw refused(`There is no client ${clientId}, or it is disabled.`);
    if (!client.scopes.includes('launch')) {
      throw refused(`The client ${clientId} may not be launched: the scope "launch" is not registered for it.`);
    }
    const account = await this.accounts.findActiveByName(user);
    if (!account) throw refused(`There is no user ${user}, or the account is disabled.`);
    for (const one of seenBy) await this.requireSight(one, context);
    return { client, value: await this.launches.create({ clientId, user: account.name, context }) };
  }

  /** Unknown and hidden are told alike. */
  private async requireSight(account: string, { patient, encounter }: LaunchContext): Promise<void> {
    if (patient !== undefined && !(await this.sight.maySee(account, patient))) {
      throw refused(`There is no Patient/${patient} that the user and you may see.`);
    }
    if (encounter === undefined) return;
    if (patient === undefined) throw refused('An encounter needs the patient whose it is.');
    if (!(await this.sight.maySeeEncounter(account, patient, encounter))) {
      throw refused(`There is no Encounter/${encounter} of that patient that the user and you may see.`);
    }
  }
}

const refused = (diagnostics: string): InvalidRequest => new InvalidRequest({ code: 'value', diagnostics });
