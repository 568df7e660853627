import { Controller, Header, HttpCode, Post, Req, UseFilters, UseGuards } from '@nestjs/common';
import { z } from 'zod';
import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import { readJsonBody } from '../json-body.js';
import { OauthJsonErrorFilter } from '../oauth-json-error.filter.js';
import { RegistrationTokens } from '../registration/registration-tokens.js';
import { usualCeiling } from '../registration/scope-ceiling.js';
import { Administers, AdministratorGuard, type AdminRequest } from './administrator.guard.js';
import { Authority } from './authority.js';

const example = '{"scopes":["launch/patient","patient/*.rs"],"uses":1,"ttlSeconds":86400}';

/** An initial access token, as it is asked for. */
export const registrationTokenForm = z.strictObject({
  scopes: z.array(z.string()).optional(),
  uses: z.number().optional(),
  ttlSeconds: z.number().optional(),
});

/** Initial access tokens for dynamic registration, made by users who may register clients. */
@Controller('registration-tokens')
@UseGuards(AdministratorGuard)
@UseFilters(OauthJsonErrorFilter)
export class RegistrationTokensController {
  constructor(
    private readonly tokens: RegistrationTokens,
    private readonly authority: Authority,
  ) {}

  /** The token is shown this once. */
  @Post()
  @Administers('Client', 'c')
  @HttpCode(201)
  @Header('Cache-Control', 'no-store')
  async create(@Req() request: AdminRequest): Promise<object> {
    const { success, data } = registrationTokenForm.safeParse(readJsonBody(request, example));
    if (!success)
      throw new InvalidRequest({ code: 'value', diagnostics: `Send ${example}; every member is optional.` });
    const { scopes, uses, ttlSeconds } = data;
    await this.authority.requireForScopes(request.principal, scopes ?? usualCeiling);
    return this.tokens.create({
      ...(scopes && { scopes }),
      ...(uses !== undefined && { uses }),
      ...(ttlSeconds !== undefined && { ttlSeconds }),
    });
  }
}
