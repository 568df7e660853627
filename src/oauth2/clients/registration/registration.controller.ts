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
  Req,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { noteForAudit } from '../../../audit/audit-note.js';
import { Public } from '../../../auth/public.decorator.js';
import { Refused } from '../../../refusal/refusal.js';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../../oauth2-options.js';
import { generateSecret } from '../client-secret.js';
import { readJsonBody } from '../json-body.js';
import type { OauthClient } from '../oauth-client.js';
import { OauthClientStore } from '../oauth-client-store.js';
import { OauthJsonErrorFilter } from '../oauth-json-error.filter.js';
import { readBearer } from './read-bearer.js';
import { readRegistration, registrationOf } from './registration-metadata.js';
import { readOwnUpdate } from './registration-update.js';
import { RegistrationTokens } from './registration-tokens.js';
import { requireServersWithin, requireWithin, usualCeiling } from './scope-ceiling.js';
import { RateCost, SignInRate } from '../../sign-in-rate.js';

const example =
  '{"client_name":"…","redirect_uris":["https://…"],"token_endpoint_auth_method":"none","scope":"launch/patient patient/*.rs"}';

/** Dynamic client registration (RFC 7591) and its management (RFC 7592). */
@Public()
@Controller('register')
@UseGuards(SignInRate)
@UseFilters(OauthJsonErrorFilter)
export class RegistrationController {
  constructor(
    private readonly clients: OauthClientStore,
    private readonly tokens: RegistrationTokens,
    @Inject(OAUTH2_OPTIONS) private readonly options: Oauth2Options,
  ) {}

  @Post()
  @RateCost(10)
  @HttpCode(201)
  @Header('Cache-Control', 'no-store')
  @Header('Pragma', 'no-cache')
  async register(@Req() request: FastifyRequest): Promise<object> {
    const { ceiling, servers, spend } = await this.permission(request);
    const metadata = readRegistration(readJsonBody(request, example));
    requireWithin(metadata, ceiling, 'Register less, or ask for an initial access token that names these scopes.');
    requireServersWithin(
      metadata,
      servers,
      'Ask an administrator for an initial access token (lanyard token registration).',
    );
    const registrationToken = generateSecret();
    await this.clients.checkNew(metadata);
    // Spent only now: a mistake does not use the token up.
    await spend();
    const { client, secret } = await this.clients.create(metadata, { createdBy: 'registration', registrationToken });
    this.note(request, client, 'registered');
    return {
      ...this.answer(client, registrationToken),
      client_id_issued_at: Math.floor(Date.now() / 1000),
      ...(secret !== undefined && { client_secret: secret, client_secret_expires_at: 0 }),
    };
  }

  @Get(':id')
  @Header('Cache-Control', 'no-store')
  @Header('Pragma', 'no-cache')
  async read(@Param('id') id: string, @Req() request: FastifyRequest): Promise<object> {
    const { client, token } = await this.ownClient(id, request);
    return this.answer(client, token);
  }

  /** Replaces the registration. It may become less, never more: more takes a new registration. */
  @Put(':id')
  @Header('Cache-Control', 'no-store')
  @Header('Pragma', 'no-cache')
  async replace(@Param('id') id: string, @Req() request: FastifyRequest): Promise<object> {
    const { client, token } = await this.ownClient(id, request);
    const body = readJsonBody(request, example);
    const metadata = readOwnUpdate(body, client);
    requireWithin(metadata, client.scopes, 'An update may only give scopes up; register again for others.');
    requireServersWithin(metadata, client, 'An update may only give them up; register again for others.');
    const changed = await this.clients.replace(id, metadata);
    this.note(request, changed.client, 'replaced');
    return {
      ...this.answer(changed.client, token),
      ...(changed.secret !== undefined && { client_secret: changed.secret, client_secret_expires_at: 0 }),
    };
  }

  /** Its tokens end with it. */
  @Delete(':id')
  @HttpCode(204)
  @Header('Cache-Control', 'no-store')
  async remove(@Param('id') id: string, @Req() request: FastifyRequest): Promise<void> {
    const { client } = await this.ownClient(id, request);
    await this.clients.remove(client.id);
    this.note(request, client, 'removed');
  }

  /** Records a change by the client itself: there is no user. */
  private note(request: FastifyRequest, { id, name, scopes }: OauthClient, change: string): void {
    const details = [['change', change], ...scopes.map((scope) => ['scope', scope] as const)] as const;
    noteForAudit(request, {
      event: 'administration',
      outcome: '0',
      caller: { issuer: this.options.issuer, subject: id, clientId: id, kind: 'machine' },
      object: { name: `client ${name}`, details },
    });
  }

  private async permission(request: FastifyRequest) {
    const { registration } = this.options;
    if (registration === 'off') throw switchedOff();
    const token = readBearer(request.raw.rawHeaders);
    if (registration === 'open' && token === undefined)
      return { ceiling: usualCeiling, servers: {}, spend: async () => undefined };
    const found = token === undefined ? undefined : await this.tokens.find(token);
    if (token === undefined || found === undefined) throw tokenInvalid(token);
    return {
      ceiling: found.scopes ?? usualCeiling,
      servers: 'any' as const,
      spend: async () => {
        if (!(await this.tokens.spend(token))) throw tokenInvalid(token);
      },
    };
  }

  /** An unknown client and a wrong token get the same answer. */
  private async ownClient(id: string, request: FastifyRequest) {
    const token = readBearer(request.raw.rawHeaders);
    const client = token === undefined ? undefined : await this.clients.findByRegistrationToken(id, token);
    if (token === undefined || client === undefined) throw tokenInvalid(token);
    return { client, token };
  }

  private answer(client: OauthClient, token: string): object {
    return {
      ...registrationOf(client),
      registration_client_uri: `${this.options.issuer}/register/${client.id}`,
      registration_access_token: token,
    };
  }
}

const switchedOff = (): Refused =>
  new Refused([
    {
      code: 'registration-disabled',
      fact: 'Dynamic registration is switched off on this server (REGISTRATION=off).',
      cure: 'Ask an administrator to register the client: lanyard client add.',
    },
  ]);

const tokenInvalid = (token: string | undefined): Refused =>
  new Refused([
    {
      code: 'registration-token-invalid',
      fact:
        token === undefined
          ? 'The request carries no token for registration.'
          : 'The token is unknown here, used up, expired, or of another client.',
      cure: 'To register, send an initial access token of an administrator (lanyard token registration) as Authorization: Bearer; to manage a registration, its registration_access_token.',
    },
  ]);
