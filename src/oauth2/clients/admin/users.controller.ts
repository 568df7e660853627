import {
  Controller,
  Get,
  Header,
  Inject,
  Param,
  Patch,
  Post,
  Query,
  Req,
  Res,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../../../auth/local-auth.options.js';
import { LocalAccounts } from '../../../auth/local-accounts.js';
import type { Principal } from '../../../auth/principal.js';
import { InvalidRequest } from '../../../fhir/model/fhir-error.js';
import { AccountAdministration } from '../account-administration.js';
import { accountAnswer } from '../account-answer.js';
import { readJsonBody } from '../json-body.js';
import { OauthJsonErrorFilter } from '../oauth-json-error.filter.js';
import { Administers, AdministratorGuard } from './administrator.guard.js';
import { readPage, type PageQuery } from './page-query.js';
import { readAccount, readAccountChange } from './read-account.js';

const example = '{"name":"dr-jane","grants":"user/*.rs","fhirUser":"Practitioner/p1"}';

/** The users managed here, for those who have `admin/User` rights. They are disabled, never deleted: a name never comes to mean somebody else. */
@Controller('users')
@UseGuards(AdministratorGuard)
@UseFilters(OauthJsonErrorFilter)
export class UsersController {
  constructor(
    private readonly accounts: LocalAccounts,
    private readonly administration: AccountAdministration,
    @Inject(LOCAL_AUTH_OPTIONS) private readonly options: LocalAuthOptions,
  ) {}

  @Get()
  @Administers('User', 's')
  @Header('Cache-Control', 'no-store')
  async list(@Query() query: PageQuery): Promise<object> {
    const { after, count } = readPage(query);
    const accounts = await this.accounts.list(after, count);
    const last = accounts.length === count ? accounts.at(-1) : undefined;
    return { users: accounts.map(accountAnswer), ...(last && { next: last.name }) };
  }

  /** Without a password one is made, and shown this once. */
  @Post()
  @Administers('User', 'c')
  async create(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const form = readAccount(readJsonBody(request, example));
    const { account, password } = await this.administration.create(form);
    void reply
      .code(201)
      .headers({
        'cache-control': 'no-store',
        location: `${this.options.issuer}/users/${encodeURIComponent(account.name)}`,
      })
      .send({ ...accountAnswer(account), ...(password !== undefined && { password }) });
  }

  @Get(':name')
  @Administers('User', 'r')
  @Header('Cache-Control', 'no-store')
  async read(@Param('name') name: string): Promise<object> {
    return accountAnswer(await this.accounts.get(name));
  }

  /** What is left out stays; whatever changes ends the sessions of the user. */
  @Patch(':name')
  @Administers('User', 'u')
  @Header('Cache-Control', 'no-store')
  async change(
    @Param('name') name: string,
    @Req() request: FastifyRequest & { principal?: Principal },
  ): Promise<object> {
    const change = readAccountChange(readJsonBody(request, '{"grants":"user/*.rs"}'));
    const { name: canonical } = await this.accounts.get(name);
    if (canonical === request.principal?.subject && (change.disabled === true || change.grants !== undefined))
      throw new InvalidRequest({
        code: 'business-rule',
        diagnostics:
          'Administrators do not disable themselves or change their own grants, so that one is always left. Let another one do it.',
      });
    return accountAnswer(await this.administration.change(canonical, change));
  }
}
