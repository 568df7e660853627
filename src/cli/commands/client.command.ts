import type { Command } from 'commander';
import type { AccessOptions } from '../actions/access.js';
import type { ClientChange, ClientOptions } from '../actions/client.js';

const actions = () => import('../actions/client.js');

const ownIdsHelp = 'it may create at ids of its own (PUT) although Consents deny something, such as to load data';

const examples = `
A browser or phone app (public: it cannot keep a secret):
  lanyard client add growth-chart --name "Growth chart" --redirect-uri https://app.example/callback \\
    --launch-url https://app.example/launch --scope "openid fhirUser launch launch/patient patient/*.rs"
An app with a server (confidential, by a secret):
  lanyard client add portal --name "Portal" --secret --redirect-uri https://portal.example/cb \\
    --scope "openid fhirUser launch/patient offline_access patient/*.rs"
A backend service (confidential, by its key; no user), with a new key or with one that it publishes:
  lanyard client add trial --name "Trial" --new-key trial.json --scope "system/*.rs"
  lanyard client add nightly --name "Nightly export" --jwks-uri https://app.example/jwks.json --scope "system/*.rs"
Another FHIR server that takes tokens of this one and asks about them; and a backend service with tokens for it:
  lanyard client add ward-fhir --name "Ward" --secret --resource https://ward.example/fhir/r4
  lanyard client add ward-load --name "Load" --new-key load.json --scope "system/*.cruds" --audience https://ward.example/fhir/r4
A proxy that asks about any token:
  lanyard client add fhir-proxy --name "Proxy" --secret --introspects

The scopes are a ceiling: the client gets what it asks for, within them and within what its user may do and allows.`;

export function clientCommand(program: Command): void {
  const client = program.command('client').description('the apps and services that get tokens from this server');
  client
    .command('add [id]')
    .description('register a client; without an id a random one is made')
    .requiredOption('--name <text>', 'the name that users read')
    .option('--redirect-uri <uri...>', 'where users come back to, exactly')
    .option('--scope <scopes>', 'what it may ask for, separated by spaces')
    .option('--grant <type...>', 'authorization_code, refresh_token, client_credentials; usually seen from the rest')
    .option('--secret', 'a confidential client with a secret, which is made and shown once')
    .option('--jwks <path>', 'a confidential client that signs: its public keys, a JWK set')
    .option('--new-key <path>', 'the same, with a key that is made now and written there')
    .option('--jwks-uri <url>', 'the same, where it publishes its public keys')
    .option('--launch-url <url>', 'where an EHR launch begins')
    .option('--origin <origin...>', 'further origins of a browser app, for CORS')
    .option('--introspects', 'may ask about any token')
    .option('--resource <url...>', 'the FHIR base of another server that takes tokens of this one, and asks about them')
    .option('--audience <url...>', 'a server of --resource that its own tokens may be for, beside this one')
    .option('--clearance <code>', 'the highest confidentiality it may see when it acts for itself: U, L, M, N, R or V')
    .option('--break-glass', 'let it lift Consents in an emergency when it acts for itself')
    .option('--consent-exempt', 'Consents do not count for it when it acts for itself, reading included')
    .option(
      '--own-ids',
      'it may create at ids of its own (PUT) although Consents deny something, when it acts for itself',
    )
    .option(
      '--purpose-of-use <code>',
      'what all of its requests are for, such as HPAYMT: Consents with purposes count by it',
    )
    .addHelpText('after', examples)
    .action(async (id: string | undefined, options: ClientOptions) => (await actions()).add(id, options));
  setCommand(client);
  accessCommand(client);
  removeCommand(client);
  client
    .command('list')
    .description('show all clients')
    .option('--json', 'as JSON')
    .action(async (options: { readonly json?: true }) => (await actions()).list(options));
  client
    .command('show <id>')
    .description('show one client, as JSON')
    .action(async (id: string) => (await actions()).show(id));
  client
    .command('rotate-secret <id>')
    .description('make a new secret and show it once; the old one stops')
    .action(async (id: string) => (await actions()).rotateSecret(id));
}

function removeCommand(client: Command): void {
  client
    .command('remove <id>')
    .description('remove a client; its tokens end at once')
    .action(async (id: string) => (await actions()).remove(id));
}

function accessCommand(client: Command): void {
  client
    .command('access <id>')
    .description('what a client may do with the tokens that it gets for itself')
    .option('--scope <scopes>', 'with these scopes alone')
    .option('--patient <id>', 'count what it would be shown of the record of this Patient')
    .option('--json', 'as JSON')
    .action(async (id: string, options: AccessOptions) =>
      (await import('../actions/access.js')).clientAccess(id, options),
    );
}

function setCommand(client: Command): void {
  client
    .command('set <id>')
    .description('change in how far labels and Consents count for a client that acts for itself')
    .option('--clearance <code>', 'the highest confidentiality it may see: U, L, M, N, R or V')
    .option('--no-clearance', 'it has the clearance of the setting CLEARANCE again')
    .option('--break-glass', 'let it lift Consents in an emergency')
    .option('--no-break-glass', 'it may not lift Consents any more')
    .option('--consent-exempt', 'Consents do not count for it, reading included')
    .option('--no-consent-exempt', 'Consents count for it again')
    .option('--own-ids', ownIdsHelp)
    .option('--no-own-ids', 'it creates by POST only while Consents deny something')
    .action(async (id: string, options: ClientChange) => (await actions()).set(id, options));
}
