import { Controller, Delete, Header, HttpCode, Param, Req, UseFilters, UseGuards } from '@nestjs/common';
import { LocalAccounts } from '../../../auth/accounts/local-accounts.js';
import { OauthJsonErrorFilter } from '../oauth-json-error.filter.js';
import { Administers, AdministratorGuard, type AdminRequest } from './administrator.guard.js';
import { Authority } from './authority.js';

/** Ends all that a user is logged in to, for administrators. The account stays as it is. */
@Controller('users/:name/sessions')
@UseGuards(AdministratorGuard)
@UseFilters(OauthJsonErrorFilter)
export class UserSessionsController {
  constructor(
    private readonly accounts: LocalAccounts,
    private readonly authority: Authority,
  ) {}

  /** 204 also where there was no session. One's own sessions end too, that of the request among them. */
  @Delete()
  @Administers('User', 'u')
  @HttpCode(204)
  @Header('Cache-Control', 'no-store')
  async end(@Param('name') name: string, @Req() { principal }: AdminRequest): Promise<void> {
    const account = await this.accounts.get(name);
    const isOwn = principal.local && account.name === principal.subject;
    if (!isOwn) await this.authority.requireOver(principal, account);
    await this.accounts.endSessions(account.name);
  }
}
