import { Controller, Delete, Header, HttpCode, Param, Req, UseFilters, UseGuards } from '@nestjs/common';
import { LocalAccounts } from '../../auth/accounts/local-accounts.js';
import { Administers, AdministratorGuard, type AdminRequest } from '../clients/admin/administrator.guard.js';
import { Authority } from '../clients/admin/authority.js';
import { OauthJsonErrorFilter } from '../clients/oauth-json-error.filter.js';
import { SecondFactors } from './second-factors.js';

/** For administrators: takes the second factors from a user who has lost them, recovery codes included. */
@Controller('users/:name/second-factors')
@UseGuards(AdministratorGuard)
@UseFilters(OauthJsonErrorFilter)
export class SecondFactorsController {
  constructor(
    private readonly accounts: LocalAccounts,
    private readonly factors: SecondFactors,
    private readonly authority: Authority,
  ) {}

  @Delete()
  @Administers('User', 'u')
  @HttpCode(204)
  @Header('Cache-Control', 'no-store')
  async remove(@Param('name') name: string, @Req() { principal }: AdminRequest): Promise<void> {
    const account = await this.accounts.get(name);
    await this.authority.requireOver(principal, account);
    await this.factors.removeAll(account);
  }
}
