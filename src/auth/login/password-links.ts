import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { hashOpaque } from '../hash-opaque.js';
import { LocalAccounts } from '../accounts/local-accounts.js';
import { PasswordLinkRepository } from '../storage/password-link.repository.js';
import type { UserAccount } from '../storage/user-account.repository.js';

/** Link or password that lets a user choose a password; shown this once. */
export interface MadeForUser {
  /** The link or the password itself. */
  readonly value: string;
  readonly expiresAt: Date;
}

/** Links with which users choose a password: each works once and for a time, and another one, or another password, ends it. */
@Injectable()
export class PasswordLinks {
  constructor(
    private readonly stored: PasswordLinkRepository,
    private readonly accounts: LocalAccounts,
  ) {}

  async create(account: UserAccount, ttlSeconds: number): Promise<MadeForUser> {
    const value = randomBytes(32).toString('base64url');
    return { value, expiresAt: await this.stored.replace(hashOpaque(value), account.id, ttlSeconds) };
  }

  endOf({ id }: UserAccount): Promise<void> {
    return this.stored.endOf(id);
  }

  /** Returns the user of a link; undefined for one that is unknown, used, expired, replaced, or of a disabled user. */
  async find(link: string): Promise<UserAccount | undefined> {
    const id = /^[\w-]{43}$/.test(link) ? await this.stored.find(hashOpaque(link)) : undefined;
    return id === undefined ? undefined : this.accounts.findActive(id);
  }

  /** Uses the link up for a password that was judged before; undefined when it does not count any more. */
  async choose(link: string, password: string): Promise<UserAccount | undefined> {
    const account = await this.find(link);
    if (!account || !(await this.stored.use(hashOpaque(link)))) return undefined;
    return this.accounts.setPassword(account, password);
  }
}
