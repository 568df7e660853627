import type { Get } from './process-parts.js';
import { LocalAccounts } from '../../auth/accounts/local-accounts.js';
import {
  type AdministrationDecision,
  FormerAdministratorRepository,
} from '../../auth/storage/former-administrator.repository.js';
import type { AppConfig } from '../../config/app-config.js';

/** Makes the first user where users are of this server; returns the password if one was generated. */
export async function ensureFirstUser(
  { embeddedIssuer, adminUser, adminPassword }: AppConfig,
  get: Get,
  print: (line: string) => void,
): Promise<string | undefined> {
  if (!embeddedIssuer) return undefined;
  const decided = await get(FormerAdministratorRepository).decide(adminUser);
  if (decided) administrationMoved(decided).forEach(print);
  const { generatedPassword } = await get(LocalAccounts).ensureAdmin(adminUser, adminPassword);
  // At once: if the start failed after this, nobody would ever know it.
  if (generatedPassword !== undefined)
    print(`The password of "${adminUser}", shown only this once: ${generatedPassword}`);
  return generatedPassword;
}

/** Upgrade from 0.1.0, where user/*.cruds made an administrator (docs/adr/0037). */
const administrationMoved = ({ kept, others }: AdministrationDecision): readonly string[] => [
  `Administration is a right of its own now (admin/*.cruds). "${kept}" keeps it, and has to log in again.`,
  ...(others.length === 0
    ? []
    : [
        `These users administered by user/*.cruds and do not any more: ${others.join(', ')}. Who is to go on: lanyard user set NAME --administrator`,
      ]),
];
