import { resolve } from 'node:path';
import { type AccountChange, LocalAccounts, type UserAccount } from '../../auth/accounts/local-accounts.js';
import { FhirError } from '../../r4/errors/fhir-error.js';
import { AccountAdministration } from '../../oauth2/clients/account-administration.js';
import { readAccount } from '../../oauth2/clients/admin/read-account.js';
import { CommandFailed } from '../command-failed.js';
import type { OpenServer } from '../open-server.js';
import { readSecret } from '../read-text.js';
import type { Declared } from './declarations.js';
import { describeDifference } from './describe-difference.js';
import type { PlannedChange } from './planned-change.js';
import { requireDifferent } from './read-declared.js';

interface DeclaredUser {
  readonly name: string;
  readonly grants: string;
  readonly fhirUser: string | null;
  readonly clearance: UserAccount['clearance'];
  readonly breakGlass: boolean;
  readonly consentExempt: boolean;
  readonly ownIds: boolean;
  readonly disabled: boolean;
  readonly password?: string;
}

/** Plans the changes of users to the declared ones. Others stay. */
export async function planUsers(server: OpenServer, declared: readonly Declared[]): Promise<readonly PlannedChange[]> {
  const wanted: DeclaredUser[] = [];
  for (const entry of declared) wanted.push(await readDeclared(entry));
  requireDifferent(
    wanted.map(({ name }) => name),
    declared,
  );
  const changes: PlannedChange[] = [];
  for (const user of wanted) changes.push(...(await planUser(server, user)));
  return changes;
}

async function readDeclared(declared: Declared): Promise<DeclaredUser> {
  const { passwordFile: _, ...members } = declared.form;
  const password = await passwordOf(declared);
  if (members['grants'] === undefined)
    throw new CommandFailed([`${declared.place}: grants is missing. Give scopes such as user/*.rs, or [].`]);
  try {
    const form = { ...members, ...(password !== undefined && { password }) };
    const { name, grants = '', fhirUser = null, disabled = false, ...given } = readAccount(form);
    return {
      name: name.normalize('NFC'),
      grants,
      fhirUser,
      disabled,
      ...withholdingOf(given),
      ...(password !== undefined && { password }),
    };
  } catch (error) {
    if (!(error instanceof FhirError)) throw error;
    throw new CommandFailed([`${declared.place}: ${error.message}`]);
  }
}

const withholdingOf = ({
  clearance = null,
  breakGlass = false,
  consentExempt = false,
  ownIds = false,
}: AccountChange) => ({
  clearance,
  breakGlass,
  consentExempt,
  ownIds,
});

async function passwordOf({ place, folder, form }: Declared): Promise<string | undefined> {
  const { password, passwordFile } = form;
  if (password !== undefined)
    throw new CommandFailed([
      `${place}: has a password in it. Write it into a file of its own, and name that: passwordFile.`,
    ]);
  if (passwordFile === undefined) return undefined;
  if (typeof passwordFile !== 'string') throw new CommandFailed([`${place}: passwordFile is the path of a file.`]);
  return readSecret(resolve(folder, passwordFile));
}

async function planUser(server: OpenServer, user: DeclaredUser): Promise<PlannedChange[]> {
  const accounts = server.get(LocalAccounts);
  const what = `user ${user.name}`;
  if (!(await accounts.exists(user.name)))
    return [{ sign: '+', what, details: [`grants: ${user.grants || 'none'}`], apply: () => create(server, user) }];
  const stored = await accounts.get(user.name);
  const change = await changeOf(accounts, stored, user);
  if (Object.keys(change).length === 0) return [];
  const details = [
    ...describeDifference(describe(stored), describe({ ...user, disabledAt: user.disabled ? new Date() : null })),
    ...(change.password === undefined ? [] : ['password: another one']),
    'what the user is logged in to ends',
  ];
  const apply = async (): Promise<readonly string[]> => {
    await server.get(AccountAdministration).change(user.name, change);
    return [];
  };
  return [{ sign: '~', what, details, apply }];
}

async function create(server: OpenServer, user: DeclaredUser): Promise<readonly string[]> {
  const { password } = await server.get(AccountAdministration).create(user);
  return password === undefined ? [] : [`password of user ${user.name}: ${password}`];
}

const plainFields = ['grants', 'fhirUser', 'clearance', 'breakGlass', 'consentExempt', 'ownIds'] as const;

async function changeOf(accounts: LocalAccounts, stored: UserAccount, user: DeclaredUser): Promise<AccountChange> {
  const hasPassword = user.password === undefined || (await accounts.passwordMatches(stored, user.password));
  return {
    ...Object.fromEntries(plainFields.filter((name) => stored[name] !== user[name]).map((name) => [name, user[name]])),
    ...((stored.disabledAt !== null) !== user.disabled && { disabled: user.disabled }),
    ...(!hasPassword && user.password !== undefined && { password: user.password }),
  };
}

type Described = 'grants' | 'fhirUser' | 'clearance' | 'breakGlass' | 'consentExempt' | 'ownIds' | 'disabledAt';

const describe = ({ grants, fhirUser, disabledAt, ...account }: Pick<UserAccount, Described>) => ({
  grants: grants.split(' ').filter((scope) => scope !== ''),
  fhirUser: fhirUser ?? undefined,
  clearance: account.clearance ?? undefined,
  breakGlass: account.breakGlass,
  consentExempt: account.consentExempt,
  ownIds: account.ownIds,
  disabled: disabledAt !== null,
});
