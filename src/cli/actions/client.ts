import { rm } from 'node:fs/promises';
import { clientAnswer } from '../../oauth2/clients/client-answer.js';
import type { OauthClient } from '../../oauth2/clients/oauth-client.js';
import { OauthClientStore } from '../../oauth2/clients/oauth-client-store.js';
import { clientFields, readClient } from '../../oauth2/clients/read-client.js';
import { changeServer } from '../audited.js';
import { wrongUsage } from '../command-failed.js';
import { everyClient } from '../every-client.js';
import { withServer } from '../open-server.js';
import { readJsonFile } from '../read-text.js';
import { writeNewKey } from '../smart/signing-key.js';
import { harmless, print, printJson, printTable, remark } from '../terminal.js';

export interface ClientOptions {
  readonly name?: string;
  readonly secret?: true;
  readonly redirectUri?: readonly string[];
  readonly scope?: string;
  readonly grant?: readonly string[];
  readonly jwks?: string;
  readonly newKey?: string;
  readonly jwksUri?: string;
  readonly launchUrl?: string;
  readonly origin?: readonly string[];
  readonly introspects?: true;
  readonly resource?: readonly string[];
  readonly audience?: readonly string[];
  readonly clearance?: string;
  readonly breakGlass?: true;
  readonly consentExempt?: true;
  readonly ownIds?: true;
  readonly purposeOfUse?: string;
}

export async function add(id: string | undefined, options: ClientOptions): Promise<void> {
  const form = await formOf(options);
  try {
    await register(id, form);
  } catch (error) {
    // The key of a client that there is not would be in the way of the next attempt.
    if (options.newKey !== undefined) await rm(options.newKey);
    throw error;
  }
}

async function register(id: string | undefined, form: object): Promise<void> {
  const metadata = readClient(form);
  const change = { command: 'client add', on: `client ${metadata.name}`, details: scopesOf(metadata.scopes) };
  await changeServer(change, async (server) => {
    const { client, secret } = await server
      .get(OauthClientStore)
      .create(metadata, { createdBy: 'admin', ...(id !== undefined && { id }) });
    const more = secret === undefined ? '' : ', then its secret, shown only this once';
    remark(`The client "${harmless(client.name)}" is registered. Its client_id${more}:`);
    print(client.id, ...(secret === undefined ? [] : [secret]));
  });
}

const withholdingOf = ({ clearance, breakGlass, consentExempt, ownIds, purposeOfUse }: ClientOptions) => ({
  ...(clearance !== undefined && { clearance }),
  ...(breakGlass && { breakGlass: true }),
  ...(consentExempt && { consentExempt: true }),
  ...(ownIds && { ownIds: true }),
  ...(purposeOfUse !== undefined && { purposeOfUse }),
});

const serversOf = ({ resource, audience }: ClientOptions) => ({
  ...(resource && { resources: resource }),
  ...(audience && { audiences: audience }),
});

const scopesOf = (scopes: readonly string[]) => scopes.map((scope) => ['scope', scope] as const);

async function formOf(options: ClientOptions): Promise<object> {
  const { name, redirectUri, scope, grant, jwks, newKey, jwksUri, launchUrl, origin, introspects } = options;
  return {
    name,
    kind: kindOf(options),
    ...(redirectUri && { redirectUris: redirectUri }),
    ...(scope !== undefined && { scopes: scope }),
    ...(grant && { grantTypes: grant }),
    ...(jwks !== undefined && { jwks: await readJsonFile(jwks) }),
    ...(newKey !== undefined && { jwks: { keys: [await writeNewKey(newKey)] } }),
    ...(jwksUri !== undefined && { jwksUri }),
    ...(launchUrl !== undefined && { launchUrl }),
    ...(origin && { origins: origin }),
    ...(introspects && { introspects: true }),
    ...serversOf(options),
    ...withholdingOf(options),
  };
}

function kindOf({ secret, jwks, newKey, jwksUri }: ClientOptions): OauthClient['kind'] {
  const sources = [jwks, newKey, jwksUri].filter((source) => source !== undefined).length;
  if (sources > 1) throw wrongUsage('Give one of --jwks, --new-key and --jwks-uri.');
  const signs = sources === 1;
  if (secret && signs) throw wrongUsage('A client has a secret or keys, not both: leave --secret or the keys out.');
  if (signs) return 'confidential-asymmetric';
  return secret ? 'confidential-symmetric' : 'public';
}

export async function list({ json }: { readonly json?: true }): Promise<void> {
  await withServer(async (server) => {
    const clients = await everyClient(server.get(OauthClientStore));
    if (json) return printJson(clients.map(clientAnswer));
    printTable(
      ['CLIENT ID', 'NAME', 'KIND', 'STATE', 'FROM', 'SCOPES'],
      clients.map(({ id, name, kind, disabled, createdBy, scopes }) => [
        id,
        name,
        kind,
        disabled ? 'disabled' : 'active',
        createdBy,
        scopes.join(' ') || '-',
      ]),
    );
  });
}

/** Changes how far labels and Consents count for a client; what is left out stays. */
export interface ClientChange {
  /** False: --no-clearance. */
  readonly clearance?: string | false;
  readonly breakGlass?: boolean;
  readonly consentExempt?: boolean;
  readonly ownIds?: boolean;
}

export async function set(id: string, options: ClientChange): Promise<void> {
  const given = Object.entries(options);
  if (given.length === 0) throw wrongUsage('Nothing to change. "lanyard client set --help" shows what there is.');
  const details = given.map(([name, value]) => [name, String(value)] as const);
  await changeServer({ command: 'client set', on: `client ${id}`, details }, async (server) => {
    const store = server.get(OauthClientStore);
    const stored = await store.get(id);
    const fields = Object.entries({ ...stored, ...options });
    const form = fields.filter(([name, value]) => clientFields.includes(name) && !(name in options && value === false));
    await store.replace(id, readClient(Object.fromEntries(form)));
    remark(
      `The client "${harmless(stored.name)}" is changed; tokens that it has say what they said until they expire.`,
    );
  });
}

export const show = (id: string): Promise<void> =>
  withServer(async (server) => printJson(clientAnswer(await server.get(OauthClientStore).get(id))));

export const rotateSecret = (id: string): Promise<void> =>
  changeServer({ command: 'client rotate-secret', on: `client ${id}` }, async (server) => {
    const secret = await server.get(OauthClientStore).rotateSecret(id);
    remark('The new secret, shown only this once; a running server takes the old one for 5 more seconds at most:');
    print(secret);
  });

export const remove = (id: string): Promise<void> =>
  changeServer({ command: 'client remove', on: `client ${id}` }, async (server) => {
    await server.get(OauthClientStore).remove(id);
    remark(`The client "${id}" is gone, and its tokens with it.`);
  });
