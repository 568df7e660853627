import type { Command } from 'commander';
import type { QuickstartOptions } from '../actions/quickstart.js';

const actions = () => import('../actions/quickstart.js');

export function quickstartCommand(program: Command): void {
  program
    .command('quickstart')
    .description('check a FHIR server and its authorization server, register samples, and prove it with a real token')
    .option('--base <url>', 'the FHIR base; this server when left out')
    .option('--issuer <url>', 'the authorization server, where it is not the one that the FHIR server names')
    .option('--state <path>', 'where to remember what was made', 'lanyard-quickstart.json')
    .option(
      '--registration-token-file <path>',
      'an initial access token for dynamic registration; - is the standard input',
    )
    .option('--service-client <id>', 'a backend service that is registered already, instead of a sample')
    .option('--service-key <path>', 'its private key: a JWK, a JWK set or PEM')
    .addHelpText(
      'after',
      `
With the server of these settings running, nothing more is needed:
  lanyard quickstart
With an authorization server of your own:
  lanyard quickstart --base https://fhir.example/fhir/r4 --issuer https://idp.example/realms/hospital

It asks the server from outside, with all its extensions; it loads none itself.
It may be run again and again: it makes nothing twice, and stops at the first thing that is wrong, saying what to do.
The state file holds the secrets of the samples. Keep it safe, or remove it together with them.`,
    )
    .action(async (options: QuickstartOptions) => (await actions()).quickstart(options));
}
