import { Controller, Header, HttpCode, Inject, Param, Post, Req, UseFilters, UseGuards } from '@nestjs/common';
import { z } from 'zod';
import { BreakGlass, type BrokenGlass } from './break-glass.js';
import { TENANT_CONFIG } from './tenant-config.js';
import { readForm } from './read-form.js';
import { noteForAudit } from '../../audit/audit-note.js';
import { auditedCaller } from '../../audit/audit-record.js';
import type { Principal } from '../../auth/principal.js';
import type { AppConfig } from '../../config/app-config.js';
import { InvalidTenant } from '../../database/tenants/invalid-tenant.js';
import { Administers, AdministratorGuard, type AdminRequest } from '../../oauth2/clients/admin/administrator.guard.js';
import { readJsonBody } from '../../oauth2/clients/json-body.js';
import { OauthJsonErrorFilter } from '../../oauth2/clients/oauth-json-error.filter.js';

const asked = z.strictObject({ reason: z.string(), scope: z.string().max(2000).optional() });
const example = '{"reason":"ticket 4711: searches are slow"}, and with a "scope" such as "user/Patient.rs"';

/** How an operator looks into a tenant (docs/adr/0192), where TENANT_BREAK_GLASS allows it. */
@Controller('admin/tenants/:name/break-glass')
@UseGuards(AdministratorGuard)
@UseFilters(OauthJsonErrorFilter)
export class BreakGlassController {
  constructor(
    private readonly breakGlass: BreakGlass,
    @Inject(TENANT_CONFIG) private readonly config: AppConfig,
  ) {}

  @Post()
  @Administers('BreakGlass', 'c')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  async open(@Param('name') name: string, @Req() request: AdminRequest): Promise<BrokenGlass> {
    if (!this.config.process.tenantBreakGlass)
      throw new InvalidTenant(
        400,
        'TENANT_BREAK_GLASS: is off, so nobody looks into tenants over HTTP. On the server, "lanyard tenant break-glass" does it.',
      );
    const { reason, scope } = readForm(asked, readJsonBody(request, example), example);
    const { principal } = request;
    const given = await this.breakGlass.open(name, {
      operator: nameOf(principal),
      knownBy: principal.issuer,
      reason,
      scope,
    });
    noteForAudit(request, {
      event: 'administration',
      outcome: '0',
      caller: auditedCaller(principal),
      object: {
        name: `tenant ${name}`,
        details: [
          ['change', 'broke the glass'],
          ['reason', reason],
        ],
      },
    });
    return given;
  }
}

/** No user of this server has a name that begins with a colon, so nobody is taken for a user of another issuer. */
const nameOf = ({ local, issuer, subject }: Principal): string => (local ? subject : `:${issuer} ${subject}`);
