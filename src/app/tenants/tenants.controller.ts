import {
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Inject,
  Logger,
  Param,
  Patch,
  Post,
  Query,
  Req,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { z } from 'zod';
import { TenantAdministration } from './tenant-administration.js';
import { type TenantAnswer, tenantAnswer } from './tenant-answer.js';
import { readForm } from './read-form.js';
import { TENANT_CONFIG } from './tenant-config.js';
import { TenantErasure } from './tenant-erasure.js';
import type { AppConfig } from '../../config/app-config.js';
import type { LimitChanges } from '../../database/tenants/tenant-limits.js';
import type { Tenant } from '../../database/tenants/tenant-registry.js';
import { describeError } from '../../observability/describe-error.js';
import { Administers, AdministratorGuard, type AdminRequest } from '../../oauth2/clients/admin/administrator.guard.js';
import { type PageQuery, readPage } from '../../oauth2/clients/admin/page-query.js';
import { readJsonBody } from '../../oauth2/clients/json-body.js';
import { OauthJsonErrorFilter } from '../../oauth2/clients/oauth-json-error.filter.js';

const created = z.strictObject({
  name: z.string(),
  administrator: z.string().optional(),
  password: z.string().min(8).optional(),
});
const limit = z.int().min(1).max(1e15).nullable().optional();
const changed = z
  .strictObject({
    state: z.enum(['active', 'suspended']).optional(),
    limits: z.strictObject({ requests: limit, resources: limit, bytes: limit, jobs: limit, exports: limit }).optional(),
  })
  .refine(({ state, limits }) => state !== undefined || limits !== undefined);

const examples = {
  created:
    '{"name":"north-hospital","administrator":"admin"}, and with a "password" of 8 characters at least where you choose it',
  changed: '{"state":"suspended"} or {"limits":{"bytes":50000000000,"jobs":null}}',
};

/** A page of tenants, and the name after which the next one begins. */
interface ListedTenants {
  readonly tenants: readonly TenantAnswer[];
  readonly next?: string;
}

/** The tenants, for users of `default` with `operator/Tenant` rights (docs/adr/0068); other tenants do not have these addresses. */
@Controller('admin/tenants')
@UseGuards(AdministratorGuard)
@UseFilters(OauthJsonErrorFilter)
export class TenantsController {
  private readonly logger = new Logger('Tenants');

  constructor(
    private readonly tenants: TenantAdministration,
    private readonly erasure: TenantErasure,
    @Inject(TENANT_CONFIG) private readonly config: AppConfig,
  ) {}

  @Get()
  @Administers('Tenant', 's')
  @Header('Cache-Control', 'no-store')
  async list(@Query() query: PageQuery): Promise<ListedTenants> {
    const { after, count } = readPage(query);
    const found = await this.tenants.registry.list({ after, count: count + 1 });
    const tenants = found.slice(0, count).map((one) => tenantAnswer(one, this.config));
    const last = tenants.at(-1);
    return found.length > count && last ? { tenants, next: last.name } : { tenants };
  }

  /** Without a password one is made for the first administrator, and shown this once. */
  @Post()
  @Administers('Tenant', 'c')
  @HttpCode(201)
  @Header('Cache-Control', 'no-store')
  async create(@Req() request: AdminRequest): Promise<object> {
    const form = readForm(created, readJsonBody(request, examples.created), examples.created);
    const first = {
      name: form.administrator ?? 'admin',
      ...(form.password !== undefined && { password: form.password }),
    };
    const { tenant, generatedPassword: password } = await this.tenants.create(form.name, first);
    const answer = { ...tenantAnswer(tenant, this.config), administrator: first.name };
    return password === undefined ? answer : { ...answer, password };
  }

  @Get(':name')
  @Administers('Tenant', 'r')
  @Header('Cache-Control', 'no-store')
  async read(@Param('name') name: string): Promise<TenantAnswer> {
    return this.answer(await this.tenants.registry.get(name));
  }

  /** Suspends a tenant, or lets it answer again; sets its limits, or takes those away that are null. */
  @Patch(':name')
  @Administers('Tenant', 'u')
  @Header('Cache-Control', 'no-store')
  async change(@Param('name') name: string, @Req() request: AdminRequest): Promise<TenantAnswer> {
    const { state, limits } = readForm(changed, readJsonBody(request, examples.changed), examples.changed);
    const { registry } = this.tenants;
    if (state) await registry.setState(name, state);
    return this.answer(limits ? await registry.setLimits(name, limits as LimitChanges) : await registry.get(name));
  }

  /** Begins to erase a suspended tenant; it goes on after the answer, also when this server stops. */
  @Delete(':name')
  @Administers('Tenant', 'd')
  @HttpCode(202)
  @Header('Cache-Control', 'no-store')
  async erase(@Param('name') name: string): Promise<TenantAnswer> {
    const tenant = await this.erasure.begin(name);
    // Where it fails, servers begin again within a minute.
    void this.erasure.finish(tenant).catch((error: unknown) => this.logger.warn(describeError(error)));
    return tenantAnswer(tenant, this.config);
  }

  private async answer(tenant: Tenant): Promise<TenantAnswer> {
    return tenantAnswer(tenant, this.config, await this.tenants.registry.usage(tenant));
  }
}
