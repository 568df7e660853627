import {
  Controller,
  Get,
  Header,
  HttpCode,
  Inject,
  Param,
  Patch,
  Post,
  Req,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { z } from 'zod';
import { TenantAdministration } from './tenant-administration.js';
import { type TenantAnswer, tenantAnswer } from './tenant-answer.js';
import type { AppConfig } from '../../config/app-config.js';
import { Administers, AdministratorGuard, type AdminRequest } from '../../oauth2/clients/admin/administrator.guard.js';
import { readJsonBody } from '../../oauth2/clients/json-body.js';
import { OauthJsonErrorFilter } from '../../oauth2/clients/oauth-json-error.filter.js';
import { InvalidRequest } from '../../r4/errors/fhir-error.js';

/** Injection token of the settings of `default`, which addresses of tenants are made of. */
export const TENANT_CONFIG = Symbol('TENANT_CONFIG');

const created = z.strictObject({
  name: z.string(),
  administrator: z.string().optional(),
  password: z.string().min(8).optional(),
});
const changed = z.strictObject({ state: z.enum(['active', 'suspended']) });
const examples = {
  created: '{"name":"north-hospital","administrator":"admin"}',
  changed: '{"state":"suspended"}',
};

/** The tenants, for users of `default` with `operator/Tenant` rights (docs/adr/0068); other tenants do not have these addresses. */
@Controller('admin/tenants')
@UseGuards(AdministratorGuard)
@UseFilters(OauthJsonErrorFilter)
export class TenantsController {
  constructor(
    private readonly tenants: TenantAdministration,
    @Inject(TENANT_CONFIG) private readonly config: AppConfig,
  ) {}

  @Get()
  @Administers('Tenant', 's')
  @Header('Cache-Control', 'no-store')
  async list(): Promise<{ readonly tenants: readonly TenantAnswer[] }> {
    const tenants = await this.tenants.registry.changedSince('0');
    return { tenants: tenants.map((one) => tenantAnswer(one, this.config)) };
  }

  /** Without a password one is made for the first administrator, and shown this once. */
  @Post()
  @Administers('Tenant', 'c')
  @HttpCode(201)
  @Header('Cache-Control', 'no-store')
  async create(@Req() request: AdminRequest): Promise<object> {
    const form = read(created, readJsonBody(request, examples.created), examples.created);
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
    return tenantAnswer(await this.tenants.registry.get(name), this.config);
  }

  /** Suspends a tenant, or lets it answer again. */
  @Patch(':name')
  @Administers('Tenant', 'u')
  @Header('Cache-Control', 'no-store')
  async change(@Param('name') name: string, @Req() request: AdminRequest): Promise<TenantAnswer> {
    const { state } = read(changed, readJsonBody(request, examples.changed), examples.changed);
    return tenantAnswer(await this.tenants.registry.setState(name, state), this.config);
  }
}

function read<T>(form: z.ZodType<T>, sent: object, example: string): T {
  const { success, data } = form.safeParse(sent);
  if (success) return data;
  throw new InvalidRequest({ code: 'value', diagnostics: `Send ${example}; a password has 8 characters at least.` });
}
