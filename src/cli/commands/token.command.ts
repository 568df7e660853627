import type { Command } from 'commander';
import type { RegistrationOptions } from '../actions/registration-token.js';
import type { GetOptions } from '../actions/token.js';

const actions = () => import('../actions/token.js');
const registration = () => import('../actions/registration-token.js');

export function tokenCommand(program: Command): void {
  const token = program.command('token').description('tokens, for trying things out and for scripts');
  token
    .command('get')
    .description('get an access token for a backend service (client_credentials) and print it')
    .requiredOption('--client <id>', 'the client_id')
    .requiredOption('--scope <scopes>', 'what to ask for, such as "system/Patient.rs"')
    .option('--key <path>', 'the private key of the client: a JWK, a JWK set or PEM')
    .option('--kid <id>', 'the kid of the key, where the file does not say it')
    .option('--secret-file <path>', 'the secret of the client instead of a key; - is the standard input')
    .option('--base <url>', 'the FHIR base whose token endpoint is asked; this server when left out')
    .option('--token-endpoint <url>', 'the token endpoint itself, without discovery')
    .option('--json', 'print the whole answer')
    .addHelpText(
      'after',
      `
Signs the assertion that SMART Backend Services asks for. Works against any authorization server.
  TOKEN=$(lanyard token get --client nightly --key nightly.json --scope "system/*.rs")
  curl -H "Authorization: Bearer $TOKEN" http://localhost:3000/fhir/r4/Patient`,
    )
    .action(async (options: GetOptions) => (await actions()).get(options));
  token
    .command('registration')
    .description('make an initial access token, with which a client registers itself (RFC 7591)')
    .option('--scope <scopes>', 'what such clients may have at most; without it: whatever acts for a user')
    .option('--uses <number>', 'how many clients may be registered with it', '1')
    .option('--expires <time>', 'how long it works, such as 30m, 12h or 7d', '1d')
    .addHelpText(
      'after',
      `
Backend services need a token that names their scopes:
  lanyard token registration --scope "system/*.rs" --expires 1h`,
    )
    .action(async (options: RegistrationOptions) => (await registration()).makeRegistrationToken(options));
}
