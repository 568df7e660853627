import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ServerSecrets } from '../../database/server-secrets.js';
import { canonicalName, isUserName } from './user-name.js';
import { UserAccountRepository } from '../storage/user-account.repository.js';

/** 96 bits of the hash: enough to see that the same was typed again. */
const shownLength = 24;

/** Keeps what was typed as a user name, which may be a password: as a keyed hash unless a user has that name. */
@Injectable()
export class TypedNames {
  private key: Promise<Buffer> | undefined;

  constructor(
    private readonly accounts: UserAccountRepository,
    private readonly secrets: ServerSecrets,
  ) {}

  /** The name of the user, also of a disabled one, or `unknown:` with a hash. */
  async toKeep(typed: string): Promise<string> {
    const name = canonicalName(typed.trim());
    if (name === '') return 'unknown';
    const account = isUserName(name) ? await this.accounts.findByName(name) : null;
    return account?.name ?? `unknown:${(await this.hash('name', name)).slice(0, shownLength)}`;
  }

  /** Keyed hash of texts that contain a typed name, by which they can be looked up again. */
  async hash(...parts: readonly string[]): Promise<string> {
    this.key ??= this.secrets.get('typed-names');
    const key = await this.key.catch((error: unknown) => {
      this.key = undefined;
      throw error;
    });
    return createHmac('sha256', key).update(JSON.stringify(parts)).digest('hex');
  }
}
