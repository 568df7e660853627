import { type AccountChange, LocalAccounts, type UserAccount } from '../../auth/accounts/local-accounts.js';
import { generatePassword } from '../../auth/login/password.js';
import { everyAdminScope, isAdminScope } from '../../scope/grammar/admin-scope.js';
import { adminScopesOf, mayAdministerAs } from '../../scope/administration/admin-rights.js';
import { splitScopes } from '../../auth/login/login-scopes.js';
import { AccountAdministration } from '../../oauth2/clients/account-administration.js';
import { accountAnswer } from '../../oauth2/clients/account-answer.js';
import { readAccountChange } from '../../oauth2/clients/admin/read-account.js';
import { changeServer } from '../audited.js';
import { wrongUsage } from '../command-failed.js';
import { withServer } from '../open-server.js';
import { readSecret } from '../read-text.js';
import { print, printJson, printTable, remark } from '../terminal.js';

export interface UserOptions {
  readonly grants?: string;
  /** All rights to administer; false: none. */
  readonly administrator?: boolean;
  /** False: --no-fhir-user. */
  readonly fhirUser?: string | false;
  /** False: --no-clearance. */
  readonly clearance?: string | false;
  readonly breakGlass?: boolean;
  readonly consentExempt?: boolean;
  readonly ownIds?: boolean;
  readonly passwordFile?: string;
  readonly generatePassword?: true;
  readonly enable?: true;
  readonly disable?: true;
}

export async function add(name: string, options: UserOptions): Promise<void> {
  if (options.grants === undefined && options.administrator !== true)
    throw wrongUsage('Say what the user may do: --grants "user/*.rs", or --administrator, or both.');
  const form = await changeOf(options);
  const wanted = readAccountChange({ ...form, grants: grantsWith(options.administrator, options.grants ?? '') });
  await changeServer({ command: 'user add', on: `user ${name}`, details: detailsOf(wanted) }, async (server) => {
    const { account, password } = await server.get(AccountAdministration).create({ name, ...wanted });
    remark(`The user "${account.name}" may log in.`);
    remarkOnPerson(account);
    if (password === undefined) return;
    remark('The password, shown only this once:');
    print(password);
  });
}

export async function list({ json }: { readonly json?: true }): Promise<void> {
  await withServer(async (server) => {
    const accounts = await server.get(LocalAccounts).list('', 100_000);
    if (json) return printJson(accounts.map(accountAnswer));
    printTable(
      ['NAME', 'STATE', 'FHIR USER', 'CONSENTS', 'GRANTS'],
      accounts.map((account) => [
        account.name,
        account.disabledAt ? 'disabled' : 'active',
        account.fhirUser ?? '-',
        consentsOf(account),
        account.grants || '-',
      ]),
    );
  });
}

/** Words for how far Consents count for the user. */
function consentsOf({ consentExempt, ownIds, breakGlass }: UserAccount): string {
  if (consentExempt) return 'exempt';
  const more = [...(ownIds ? ['own ids'] : []), ...(breakGlass ? ['break glass'] : [])];
  return more.length > 0 ? `enforced, ${more.join(', ')}` : 'enforced';
}

export async function set(name: string, options: UserOptions): Promise<void> {
  const wanted = await changeOf(options);
  const { administrator } = options;
  if (Object.keys(wanted).length === 0 && administrator === undefined)
    throw wrongUsage('Nothing to change. Say what, such as --grants "user/*.rs"; "lanyard user set --help" shows all.');
  await change(name, wanted, administrator);
  if (options.generatePassword === undefined) return;
  remark('The password, shown only this once:');
  print(wanted.password ?? '');
}

/** `form`: an `AccountChange` as it was typed. `administrator`: with all rights to administer from then on, or with none. */
export async function change(name: string, form: object, administrator?: boolean): Promise<void> {
  const typed = readAccountChange(form);
  const details = [
    ...detailsOf(typed),
    ...(administrator === undefined ? [] : [['administrator', String(administrator)] as const]),
  ];
  await changeServer({ command: 'user set', on: `user ${name}`, details }, async (server) => {
    const grants = typed.grants ?? (await server.get(LocalAccounts).get(name)).grants;
    const wanted = administrator === undefined ? typed : { ...typed, grants: grantsWith(administrator, grants) };
    const account = await server.get(AccountAdministration).change(name, wanted);
    remark(`The user "${account.name}" is changed; whoever was logged in as that user has to log in again.`);
    remarkOnPerson(account);
  });
}

export async function endSessions(name: string): Promise<void> {
  await changeServer({ command: 'user end-sessions', on: `user ${name}` }, async (server) => {
    await server.get(LocalAccounts).endSessions(name);
    remark(`The sessions of "${name}" are ended; apps and browsers have to log in again.`);
  });
}

/** The grants with all rights to administer, or with none; scopes for resources stay. */
function grantsWith(administrator: boolean | undefined, grants: string): string {
  if (administrator === undefined) return grants;
  // Rights of the operator are not among those of administrators; a user who loses the latter loses the former too.
  const stays = (scope: string): boolean => !isAdminScope(scope) || (administrator && scope.startsWith('operator/'));
  const others = splitScopes(grants).filter(stays);
  return [...others, ...(administrator ? [everyAdminScope] : [])].join(' ');
}

/** docs/adr/0036, 0037 */
function remarkOnPerson({ fhirUser, grants }: Pick<UserAccount, 'fhirUser' | 'grants'>): void {
  if (!mayAdministerAs(fhirUser) && adminScopesOf(grants).length > 0)
    remark(
      `The user is ${fhirUser}, and who may be limited to one record does not administer. Use another account for it.`,
    );
  if (!fhirUser?.startsWith('Person/') || !/\buser\//.test(grants)) return;
  remark(
    `${fhirUser} opens apps for the patients whom it links; user/ scopes of a Person count for nothing. Link the user with a Practitioner, or with nobody (--no-fhir-user).`,
  );
}

/** Describes changes; of a password only that it changes. */
const detailsOf = (wanted: AccountChange) =>
  Object.entries(wanted).map(([name, value]) => [name, name === 'password' ? 'another' : String(value)] as const);

async function changeOf(options: UserOptions) {
  const { grants, fhirUser, passwordFile, generatePassword: generates, enable } = options;
  if (passwordFile !== undefined && generates)
    throw wrongUsage('--password-file and --generate-password exclude each other.');
  const password = passwordFile === undefined ? undefined : await readSecret(passwordFile);
  return {
    ...(grants !== undefined && { grants }),
    ...(fhirUser !== undefined && { fhirUser: fhirUser === false ? null : fhirUser }),
    ...withholdingOf(options),
    ...(password !== undefined && { password }),
    ...(generates && { password: generatePassword() }),
    ...(enable && { disabled: false }),
  };
}

const withholdingOf = ({ clearance, breakGlass, consentExempt, ownIds }: UserOptions) => ({
  ...(clearance !== undefined && { clearance: clearance === false ? null : clearance }),
  ...(breakGlass !== undefined && { breakGlass }),
  ...(consentExempt !== undefined && { consentExempt }),
  ...(ownIds !== undefined && { ownIds }),
});
