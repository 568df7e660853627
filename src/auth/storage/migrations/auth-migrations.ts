import { LocalAccounts1700000002000 } from './1700000002000-local-accounts.js';
import { SecondFactor1700000022100 } from './1700000022100-second-factor.js';
import { Administration1700000050000 } from './1700000050000-administration.js';
import { PasswordLinks1700000051100 } from './1700000051100-password-links.js';
import { Withholding1700000032100 } from './1700000032100-withholding.js';
import { OwnIds1700000053000 } from './1700000053000-own-ids.js';

/** For the `migrations` of the DataSource, oldest first. */
export const authMigrations = [
  LocalAccounts1700000002000,
  SecondFactor1700000022100,
  Withholding1700000032100,
  Administration1700000050000,
  PasswordLinks1700000051100,
  OwnIds1700000053000,
] as const;
