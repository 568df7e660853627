import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LocalAccounts } from '../../../auth/accounts/local-accounts.js';
import { OauthArtifactRepository } from '../../storage/oauth-artifact.repository.js';

/** Browser sessions in which users are logged in, or are about to be. */
@Injectable()
export class BrowserSessions implements OnModuleInit {
  constructor(
    private readonly accounts: LocalAccounts,
    private readonly stored: OauthArtifactRepository,
  ) {}

  /** Ends the sessions of a user whose password changed. */
  onModuleInit(): void {
    this.accounts.whenEnded((name) => this.endAllOf(name));
  }

  endAllOf(account: string): Promise<void> {
    return this.stored.removeLoginsOf(account);
  }
}
