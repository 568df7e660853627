import { Controller, Delete, Header, HttpCode, Param, UseFilters, UseGuards } from '@nestjs/common';
import { LocalAccounts } from '../../auth/local-accounts.js';
import { Administers, AdministratorGuard } from '../clients/admin/administrator.guard.js';
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
  ) {}

  @Delete()
  @Administers('User', 'u')
  @HttpCode(204)
  @Header('Cache-Control', 'no-store')
  async remove(@Param('name') name: string): Promise<void> {
    await this.factors.removeAll(await this.accounts.get(name));
  }
}
