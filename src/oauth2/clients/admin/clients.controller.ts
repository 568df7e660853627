import {
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Inject,
  Param,
  Post,
  Put,
  Query,
  Req,
  Res,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../../../auth/accounts/local-auth.options.js';
import { clientAnswer } from '../client-answer.js';
import { readJsonBody } from '../json-body.js';
import { OauthClientStore, type ClientWithSecret } from '../oauth-client-store.js';
import { OauthJsonErrorFilter } from '../oauth-json-error.filter.js';
import { readClient } from '../read-client.js';
import { Administers, AdministratorGuard, type AdminRequest } from './administrator.guard.js';
import { Authority } from './authority.js';
import { readPage, type PageQuery } from './page-query.js';

const example =
  '{"name":"Growth chart","kind":"public","redirectUris":["https://app.example/callback"],"scopes":"launch/patient patient/*.rs"}';

/** Registered clients, for users with `admin/Client` rights. */
@Controller('clients')
@UseGuards(AdministratorGuard)
@UseFilters(OauthJsonErrorFilter)
export class ClientsController {
  constructor(
    private readonly clients: OauthClientStore,
    private readonly authority: Authority,
    @Inject(LOCAL_AUTH_OPTIONS) private readonly options: LocalAuthOptions,
  ) {}

  @Get()
  @Administers('Client', 's')
  @Header('Cache-Control', 'no-store')
  async list(@Query() query: PageQuery): Promise<object> {
    const { after, count } = readPage(query);
    const clients = await this.clients.list(after, count);
    const last = clients.length === count ? clients.at(-1) : undefined;
    return { clients: clients.map(clientAnswer), ...(last && { next: last.id }) };
  }

  @Post()
  @Administers('Client', 'c')
  async create(@Req() request: AdminRequest, @Res() reply: FastifyReply): Promise<void> {
    const { id, ...form } = readJsonBody(request, example);
    if (id !== undefined && typeof id !== 'string')
      throw new InvalidRequest({ code: 'value', diagnostics: 'id is a text, or left out.' });
    const client = this.clients.check(readClient(form), id);
    await this.authority.requireForClient(request.principal, id, client);
    const made = await this.clients.create(client, { createdBy: 'admin', ...(id !== undefined && { id }) });
    void reply
      .code(201)
      .headers({ 'cache-control': 'no-store', location: `${this.options.issuer}/clients/${made.client.id}` })
      .send(answerWithSecret(made));
  }

  @Get(':id')
  @Administers('Client', 'r')
  @Header('Cache-Control', 'no-store')
  async read(@Param('id') id: string): Promise<object> {
    return clientAnswer(await this.clients.get(id));
  }

  /** The whole registration; what is left out is gone. */
  @Put(':id')
  @Administers('Client', 'u')
  @Header('Cache-Control', 'no-store')
  async replace(@Param('id') id: string, @Req() request: AdminRequest): Promise<object> {
    const client = this.clients.check(readClient(readJsonBody(request, example)));
    await this.authority.requireForClient(request.principal, id, client);
    return answerWithSecret(await this.clients.replace(id, client));
  }

  @Post(':id/secret')
  @Administers('Client', 'u')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  async rotateSecret(@Param('id') id: string, @Req() { principal }: AdminRequest): Promise<object> {
    await this.authority.requireForClient(principal, id, await this.clients.get(id));
    return { id, secret: await this.clients.rotateSecret(id) };
  }

  @Delete(':id')
  @Administers('Client', 'd')
  @HttpCode(204)
  @Header('Cache-Control', 'no-store')
  remove(@Param('id') id: string): Promise<void> {
    return this.clients.remove(id);
  }
}

/** The secret is shown this once. */
const answerWithSecret = ({ client, secret }: ClientWithSecret): object => ({
  ...clientAnswer(client),
  ...(secret !== undefined && { secret }),
});
