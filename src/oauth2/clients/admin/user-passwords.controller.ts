import { Controller, Header, HttpCode, Param, Post, Req, UseFilters, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { LocalAccounts } from '../../../auth/accounts/local-accounts.js';
import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import { readJsonBody } from '../json-body.js';
import { OauthJsonErrorFilter } from '../oauth-json-error.filter.js';
import { PasswordResets } from '../password-resets.js';
import { Administers, AdministratorGuard, type AdminRequest } from './administrator.guard.js';
import { Authority } from './authority.js';

const example = '{"ttlSeconds":86400}';
/** How long a link or a password is to count. */
export const passwordForm = z.strictObject({ ttlSeconds: z.number().optional() });

/** Links and one-time passwords for users who forgot their password; the user alone knows the next one (docs/adr/0040). */
@Controller('users/:name')
@UseGuards(AdministratorGuard)
@UseFilters(OauthJsonErrorFilter)
export class UserPasswordsController {
  constructor(
    private readonly resets: PasswordResets,
    private readonly accounts: LocalAccounts,
    private readonly authority: Authority,
  ) {}

  /** Makes a link for the user. The old password counts until the link is used. The link is shown this once. */
  @Post('password-link')
  @Administers('User', 'u')
  @HttpCode(201)
  @Header('Cache-Control', 'no-store')
  async makeLink(@Param('name') name: string, @Req() request: AdminRequest): Promise<object> {
    await this.requireReach(request, name);
    const { value: url, expiresAt } = await this.resets.makeLink(name, ttlOf(request));
    return { url, expiresAt };
  }

  /** Ends the sessions of the user. The password is shown this once. */
  @Post('one-time-password')
  @Administers('User', 'u')
  @HttpCode(201)
  @Header('Cache-Control', 'no-store')
  async makeOneTimePassword(@Param('name') name: string, @Req() request: AdminRequest): Promise<object> {
    await this.requireReach(request, name);
    const { value: password, expiresAt } = await this.resets.makeOneTimePassword(name, ttlOf(request));
    return { password, expiresAt };
  }

  /** A caller who sets the password of a user can act as that user (docs/adr/0038). */
  private async requireReach({ principal }: AdminRequest, name: string): Promise<void> {
    await this.authority.requireOver(principal, await this.accounts.get(name));
  }
}

/** The body may be left out. */
function ttlOf(request: FastifyRequest): number | undefined {
  const isEmpty = request.body === undefined || request.body === null || request.body === '';
  const { success, data } = passwordForm.safeParse(isEmpty ? {} : readJsonBody(request, example));
  if (success) return data.ttlSeconds;
  throw new InvalidRequest({ code: 'value', diagnostics: `Send ${example}, or nothing.` });
}
