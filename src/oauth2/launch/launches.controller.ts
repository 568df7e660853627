import { Controller, Header, HttpCode, Inject, Post, Req, UseFilters } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { loginClientId } from '../../auth/login/login-tokens.js';
import { noteForAudit } from '../../audit/audit-note.js';
import { auditedCaller } from '../../audit/audit-record.js';
import type { Principal } from '../../auth/principal.js';
import { readJsonBody } from '../clients/json-body.js';
import { OauthJsonErrorFilter } from '../clients/oauth-json-error.filter.js';
import { Administration } from '../../scope/administration/administration.js';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../oauth2-options.js';
import { launched } from './launched.js';
import { launchUrl } from './launch-url.js';
import { PrepareLaunch } from './prepare-launch.js';
import { readLaunch } from './read-launch.js';

const example = '{"client":"growth-chart","patient":"p1","encounter":"e1"}';

/**
 * For the EHR: prepares a launch for the user who is logged in to it with `/login`, or for any user with `admin/Launch.c`
 * (SMART App Launch 2.2, "Launch App: EHR Launch"). The token of an app never counts: apps do not launch apps.
 */
@Controller('launches')
@UseFilters(OauthJsonErrorFilter)
export class LaunchesController {
  constructor(
    private readonly prepare: PrepareLaunch,
    private readonly administration: Administration,
    @Inject(OAUTH2_OPTIONS) private readonly options: Oauth2Options,
  ) {}

  /** `{launch, iss, url?}`: `url` is where the browser has to go, if the app has registered a launch URL. */
  @Post()
  @HttpCode(201)
  @Header('Cache-Control', 'no-store')
  async create(@Req() request: FastifyRequest & { readonly principal?: Principal }): Promise<object> {
    const { principal } = request;
    const asked = readLaunch(readJsonBody(request, example));
    const user = asked.user ?? principal?.subject ?? '';
    const isOwn = principal !== undefined && isInPerson(principal, user);
    if (!isOwn) await this.administration.require(principal, 'Launch', 'c');
    const seenBy = isOwn ? [user] : [principal!.local ? principal!.subject : '', user];
    const { client, value } = await this.prepare.run(asked.client, user, asked.context, seenBy);
    noteForAudit(request, {
      event: 'launch',
      outcome: '0',
      ...(principal && { caller: auditedCaller(principal) }),
      ...launched(client.id, user, asked.context),
    });
    const iss = this.options.fhirBase;
    return {
      launch: value,
      iss,
      ...(client.launchUrl !== undefined && { url: launchUrl(client.launchUrl, iss, value) }),
    };
  }
}

const isInPerson = ({ local, kind, clientId, subject }: Principal, user: string): boolean =>
  local && kind === 'user' && clientId === loginClientId && subject === user;
