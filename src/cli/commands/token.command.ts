import type { Command } from 'commander';
import type { RegistrationOptions } from '../actions/registration-token.js';
import type { GetOptions } from '../actions/token.js';
import type { ExplainOptions } from '../actions/token-explain.js';

const actions = () => import('../actions/token.js');
const explanation = () => import('../actions/token-explain.js');
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
    .option(
      '--resource <url>',
      'the FHIR base that the token is for, where the token endpoint serves several (RFC 8707)',
    )
    .option('--json', 'print the whole answer')
    .addHelpText(
      'after',
      `
Signs the assertion that SMART Backend Services asks for. Works against any authorization server.
  TOKEN=$(lanyard token get --client nightly --key nightly.json --scope "system/*.rs")
  curl -H "Authorization: Bearer $TOKEN" http://localhost:3000/fhir/r4/Patient`,
    )
    .action(async (options: GetOptions) => (await actions()).get(options));
  explainCommand(token);
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

function explainCommand(token: Command): void {
  token
    .command('explain <token>')
    .description('explain step by step what an access token permits; - reads it from the standard input')
    .option('--request <line>', 'a request line, such as "GET Patient/1"')
    .option('--body <path>', 'the body of the request: of a Bundle, each entry is explained')
    .option('--server <url>', 'the FHIR base of a server that is to explain it, with keys and policies')
    .option('--json', 'print the explanation as a FHIR Parameters resource')
    .addHelpText(
      'after',
      `
Without --server nothing is asked: claims are held against the settings of this environment (PUBLIC_URL, TRUSTED_ISSUERS …),
the signature is not verified, and policies are not known. Extensions (EXTENSIONS) are not loaded either: ask a server for what their policies,
hooks and operations decide.
  lanyard token explain "$TOKEN" --request "GET Patient/p1"
  lanyard token explain - --server https://fhir.example/fhir/r4 --request "POST Observation" < token.txt`,
    )
    .action(async (jwt: string, options: ExplainOptions) => (await explanation()).explain(jwt, options));
}
