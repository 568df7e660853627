import type { Command } from 'commander';
import type { LinkOptions } from '../actions/user-link.js';

const actions = () => import('../actions/user-link.js');

const providerHelp = 'id of a login provider in LOGIN_PROVIDERS';
const subjectHelp = 'the "sub" of the user there; the page that refuses an unknown user names it';

/** Below "lanyard user". */
export function userLinkCommands(user: Command): void {
  user
    .command('link <name>')
    .description('let a user of a login provider log in as this user')
    .requiredOption('--provider <id>', providerHelp)
    .requiredOption('--subject <sub>', subjectHelp)
    .option('--from-claims', 'grants and FHIR user come from the claims of each login, not from here')
    .addHelpText(
      'after',
      `
Users are linked by issuer and subject, never by a name or an e-mail address.
  lanyard user link dr-jane --provider keycloak --subject f3a1c0de-0000-4000-8000-000000000000`,
    )
    .action(async (name: string, options: LinkOptions) => (await actions()).link(name, options));
  user
    .command('unlink')
    .description('undo a link and end what the user is logged in to; the user stays')
    .requiredOption('--provider <id>', providerHelp)
    .requiredOption('--subject <sub>', subjectHelp)
    .action(async (options: LinkOptions) => (await actions()).unlink(options));
  user
    .command('links <name>')
    .description('show who logs in as this user')
    .option('--json', 'as JSON')
    .action(async (name: string, options: { readonly json?: true }) => (await actions()).links(name, options));
}
