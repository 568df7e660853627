import { Controller, Get, Inject, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LocalAccounts, type UserAccount } from '../../../auth/accounts/local-accounts.js';
import { Public } from '../../../auth/public.decorator.js';
import { UnknownAddress } from '../../../r4/errors/request-errors.js';
import type { LaunchContext } from '../../launch/launch-context.js';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../../oauth2-options.js';
import { PageAudit } from '../../pages/page-audit.js';
import { PageErrorFilter } from '../../pages/page-error.filter.js';
import { offeredScopes } from '../../scopes/offered-scopes.js';
import { needsPatient } from './judge-decision.js';
import { type DenyReason, Interactions, type OpenInteraction } from './interactions.js';
import { PatientVisibility } from './patient-visibility.js';

/**
 * `INTERACTION_AUTOPILOT`: decides in the user's place, without a page. The account is that of the launch, the one that
 * `login_hint` names, or ADMIN_USER; the patient that of the launch, or any that the account sees; all that is offered is kept.
 */
@Public()
@Controller('autopilot')
@UseFilters(PageErrorFilter)
export class AutopilotController {
  constructor(
    private readonly interactions: Interactions,
    private readonly accounts: LocalAccounts,
    private readonly sight: PatientVisibility,
    private readonly audit: PageAudit,
    @Inject(OAUTH2_OPTIONS) private readonly options: Oauth2Options,
  ) {}

  @Get(':uid')
  async decide(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { autopilot } = this.options;
    if (autopilot === undefined) throw new UnknownAddress('Nothing is at this address.');
    const open = await this.interactions.open(request.raw, reply.raw);
    const account = await this.accounts.get(open.launch?.user ?? open.loginHint ?? autopilot);
    void reply.header('cache-control', 'no-store').redirect(await this.decideFor(account, open, request, reply), 303);
  }

  private async decideFor(
    account: UserAccount,
    open: OpenInteraction,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<string> {
    const refuse = (reason: DenyReason): Promise<string> => {
      this.audit.denied(request, open, reason, account.name);
      return this.interactions.refuse(request.raw, reply.raw, open, reason);
    };
    const scopes = offeredScopes(open.asked, open.client, account).offered.map(({ scope }) => scope);
    if (scopes.length === 0) return refuse('no-rights');
    const context = await this.contextFor(account, scopes, open);
    if (context.patient === undefined && needsPatient(scopes)) {
      return refuse('no-patient');
    }
    const decided = await this.interactions.decide(request.raw, reply.raw, open, {
      account: account.name,
      authenticatedAt: Math.floor(Date.now() / 1000),
      amr: ['user'],
      scopes,
      context,
    });
    this.audit.concluded(request, open, account.name, decided);
    return decided.address;
  }

  private async contextFor(
    account: UserAccount,
    scopes: readonly string[],
    open: OpenInteraction,
  ): Promise<LaunchContext> {
    const prepared = open.launch?.context ?? {};
    if (prepared.patient !== undefined || !needsPatient(scopes)) return prepared;
    const patient = await this.sight.anyPatient(account.name);
    return { ...prepared, ...(patient !== undefined && { patient }) };
  }
}
