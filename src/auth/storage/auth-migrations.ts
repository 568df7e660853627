import { LocalAccounts1700000002000 } from './1700000002000-local-accounts.js';

/** For the `migrations` of the DataSource, oldest first. */
export const authMigrations = [LocalAccounts1700000002000] as const;
