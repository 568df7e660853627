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
import type { FastifyReply } from 'fastify';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../../../auth/accounts/local-auth.options.js';
import { type AccountChange, LocalAccounts } from '../../../auth/accounts/local-accounts.js';
import { Refused } from '../../../refusal/refusal.js';
import { AccountAdministration } from '../account-administration.js';
import { accountAnswer } from '../account-answer.js';
import { readJsonBody } from '../json-body.js';
import { OauthJsonErrorFilter } from '../oauth-json-error.filter.js';
import { Administers, AdministratorGuard, type AdminRequest } from './administrator.guard.js';
import { Authority } from './authority.js';
import { readPage, type PageQuery } from './page-query.js';
import { readAccount, readAccountChange } from './read-account.js';

const example = '{"name":"dr-jane","grants":"user/*.rs","fhirUser":"Practitioner/p1"}';

const noTerms = {
  grants: '',
  fhirUser: null,
  clearance: null,
  breakGlass: false,
  consentExempt: false,
  ownIds: false,
} as const;

/** Accounts of this server, for users with `admin/User` rights. They are disabled, never deleted, so that a name never means somebody else. */
@Controller('users')
@UseGuards(AdministratorGuard)
@UseFilters(OauthJsonErrorFilter)
export class UsersController {
  constructor(
    private readonly accounts: LocalAccounts,
    private readonly administration: AccountAdministration,
    private readonly authority: Authority,
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
  async create(@Req() request: AdminRequest, @Res() reply: FastifyReply): Promise<void> {
    const form = readAccount(readJsonBody(request, example));
    await this.authority.requireToGive(request.principal, { ...noTerms, ...form });
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

  /** Absent fields keep their values; every change ends the sessions of the user. */
  @Patch(':name')
  @Administers('User', 'u')
  @Header('Cache-Control', 'no-store')
  async change(@Param('name') name: string, @Req() request: AdminRequest): Promise<object> {
    const { principal } = request;
    const change = readAccountChange(readJsonBody(request, '{"grants":"user/*.rs"}'));
    const account = await this.accounts.get(name);
    if (principal.local && account.name === principal.subject) requireOthers(change);
    await this.authority.requireOver(principal, account);
    await this.authority.requireToGive(principal, { ...account, ...change }, account);
    return accountAnswer(await this.administration.change(account.name, change));
  }
}

/** Refuses changes of the caller's own rights, so that nobody raises himself and one administrator is always left. */
function requireOthers(change: AccountChange): void {
  const changed = Object.keys(change).filter((name) => name !== 'password');
  if (changed.length === 0) return;
  throw new Refused([
    {
      code: 'beyond-own-rights',
      fact: `You would change your own ${changed.join(', ')}, and nobody changes what he may do himself.`,
      cure: 'Let another administrator do it, or do it on the server: lanyard user set.',
    },
  ]);
}
