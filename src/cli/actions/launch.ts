import { LocalAccounts } from '../../auth/accounts/local-accounts.js';
import type { JsonObject } from '../../r4/json/json.js';
import { OauthClientStore } from '../../oauth2/clients/oauth-client-store.js';
import { type LaunchContext, Launches } from '../../oauth2/launch/launch-context.js';
import { launched } from '../../oauth2/launch/launched.js';
import { launchUrl } from '../../oauth2/launch/launch-url.js';
import { wrongUsage } from '../command-failed.js';
import { changeServer } from '../audited.js';
import { print, remark } from '../terminal.js';

export interface LaunchOptions {
  readonly client: string;
  readonly user: string;
  readonly patient?: string;
  readonly encounter?: string;
  readonly fhirContext?: readonly string[];
  readonly intent?: string;
  readonly patientBanner?: 'show' | 'hide';
}

export async function launch(options: LaunchOptions): Promise<void> {
  const context = contextOf(options);
  const { patients, object } = launched(options.client, options.user, context);
  const change = { command: 'launch', event: 'launch', on: object.name, details: object.details ?? [] };
  await changeServer({ ...change, ...(patients && { patients }) }, async (server) => {
    const client = await server.get(OauthClientStore).get(options.client);
    if (!client.scopes.includes('launch'))
      throw wrongUsage(`The client "${client.id}" may not be launched: the scope "launch" is not registered for it.`);
    const { name, disabledAt } = await server.get(LocalAccounts).get(options.user);
    if (disabledAt) throw wrongUsage(`The user "${name}" is disabled.`);
    const value = await server.get(Launches).create({ clientId: client.id, user: name, context });
    if (client.launchUrl === undefined) {
      remark(`The client "${client.id}" has no launch URL. Open its launch address with these parameters:`);
      return print(`iss=${encodeURIComponent(server.config.fhirBase)}&launch=${encodeURIComponent(value)}`);
    }
    print(launchUrl(client.launchUrl, server.config.fhirBase, value));
  });
}

function contextOf({ patient, encounter, fhirContext, intent, patientBanner }: LaunchOptions): LaunchContext {
  return {
    ...(patient !== undefined && { patient: idOf(patient, 'Patient') }),
    ...(encounter !== undefined && { encounter: idOf(encounter, 'Encounter') }),
    ...(fhirContext && { fhirContext: fhirContext.map(referenceOf) }),
    ...(intent !== undefined && { intent }),
    ...(patientBanner && { needPatientBanner: patientBanner === 'show' }),
  };
}

/** `p1` and `Patient/p1` mean the same. */
function idOf(text: string, type: string): string {
  const id = text.startsWith(`${type}/`) ? text.slice(type.length + 1) : text;
  if (/^[A-Za-z0-9\-.]{1,64}$/.test(id)) return id;
  throw wrongUsage(`--${type.toLowerCase()} is the id of a ${type}, such as p1.`);
}

function referenceOf(reference: string): JsonObject {
  if (/^[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/.test(reference)) return { reference };
  throw wrongUsage(`--fhir-context is a reference such as ImagingStudy/i1, not "${reference}".`);
}
