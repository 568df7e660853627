import { Controller, Delete, Get, Header, HttpCode, Param, Put, Req, UseFilters, UseGuards } from '@nestjs/common';
import { Public } from '../../../auth/public.decorator.js';
import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import { UnknownAddress } from '../../../r4/errors/request-errors.js';
import { AccessPolicies } from '../../../fhir/storage/policies/access-policies.js';
import type { PolicyKind, PolicyRow } from '../../../fhir/storage/policies/policy-rows.js';
import { Administration } from '../../../scope/administration/administration.js';
import { policySchema, readPolicyGroup } from '../../../scope/policies/read-stored-policy.js';
import { readJsonBody } from '../json-body.js';
import { OauthJsonErrorFilter } from '../oauth-json-error.filter.js';
import { Administers, AdministratorGuard, type AdminRequest } from './administrator.guard.js';
import { Authority } from './authority.js';
import { versionToMatch } from './version-to-match.js';
import { PolicyKeepers } from './policy-keepers.js';

const example =
  '{"description":"Final results only","assignedTo":{"clients":["growth-chart"]},"rules":[{"types":["Observation"],"constrain":"status=final"}]}';

/** Access policies of this server, for users with `admin/Policy` rights. Every version is kept, with its author and time. */
@Controller('policies')
@UseGuards(AdministratorGuard)
@UseFilters(OauthJsonErrorFilter)
export class PoliciesController {
  constructor(
    private readonly policies: AccessPolicies,
    private readonly administration: Administration,
    private readonly authority: Authority,
    private readonly keepers: PolicyKeepers,
  ) {}

  @Get()
  @Administers('Policy', 's')
  @Header('Cache-Control', 'no-store')
  async list(): Promise<object> {
    return { policies: await this.policies.list() };
  }

  @Get(':name')
  @Administers('Policy', 'r')
  @Header('Cache-Control', 'no-store')
  async read(@Param('name') name: string): Promise<object> {
    const found = (await this.policies.list()).find((policy) => policy.name === name);
    if (!found) throw new UnknownAddress('There is no policy of that name.');
    return found;
  }

  @Get(':name/history')
  @Administers('Policy', 'r')
  @Header('Cache-Control', 'no-store')
  history(@Param('name') name: string): Promise<object> {
    return historyOf(this.policies, 'policy', name);
  }

  /** The whole policy; with If-Match only in the place of that version. */
  @Put(':name')
  @Administers('Policy', 'u', 'c')
  @Header('Cache-Control', 'no-store')
  async put(@Param('name') name: string, @Req() request: AdminRequest): Promise<object> {
    const policy = await this.policies.check({ name, ...readJsonBody(request, example) });
    requireName(policy.name, name);
    const isNew = (await this.policies.list()).every((one) => one.name !== name);
    await this.administration.require(request.principal, 'Policy', isNew ? 'c' : 'u');
    await this.authority.requireUnlimited(request.principal, name);
    await this.keepers.require(request.principal, [policy]);
    return this.policies.put(policy, whoOf(request), versionToMatch(request));
  }

  @Delete(':name')
  @Administers('Policy', 'd')
  @HttpCode(204)
  @Header('Cache-Control', 'no-store')
  async remove(@Param('name') name: string, @Req() request: AdminRequest): Promise<void> {
    await this.authority.requireUnlimited(request.principal, name);
    await this.policies.remove('policy', name, whoOf(request));
  }
}

/** `/policy-schema`: the form of a policy as JSON Schema, open as the OpenAPI document is. */
@Public()
@Controller('policy-schema')
@UseFilters(OauthJsonErrorFilter)
export class PolicySchemaController {
  /** Made when it is first asked for: few tenants are. */
  private schema: string | undefined;

  @Get()
  @Header('Content-Type', 'application/schema+json')
  @Header('Cache-Control', 'no-cache')
  read(): string {
    return (this.schema ??= JSON.stringify(policySchema()));
  }
}

/** Groups of users that policies are assigned to. */
@Controller('policy-groups')
@UseGuards(AdministratorGuard)
@UseFilters(OauthJsonErrorFilter)
export class PolicyGroupsController {
  constructor(
    private readonly policies: AccessPolicies,
    private readonly administration: Administration,
    private readonly authority: Authority,
    private readonly keepers: PolicyKeepers,
  ) {}

  @Get()
  @Administers('Policy', 's')
  @Header('Cache-Control', 'no-store')
  async list(): Promise<object> {
    return { groups: await this.policies.listGroups() };
  }

  @Get(':name/history')
  @Administers('Policy', 'r')
  @Header('Cache-Control', 'no-store')
  history(@Param('name') name: string): Promise<object> {
    return historyOf(this.policies, 'group', name);
  }

  @Put(':name')
  @Administers('Policy', 'u', 'c')
  @Header('Cache-Control', 'no-store')
  async put(@Param('name') name: string, @Req() request: AdminRequest): Promise<object> {
    const form = readPolicyGroup({ name, ...readJsonBody(request, '{"members":["dr-jane"]}') });
    requireName(form.name, name);
    const isNew = (await this.policies.listGroups()).every((one) => one.name !== name);
    await this.administration.require(request.principal, 'Policy', isNew ? 'c' : 'u');
    await this.authority.requireNoEscape(request.principal, name, form.members);
    await this.keepers.requireForGroup(request.principal, form);
    return this.policies.putGroup(form, whoOf(request));
  }

  @Delete(':name')
  @Administers('Policy', 'd')
  @HttpCode(204)
  @Header('Cache-Control', 'no-store')
  async remove(@Param('name') name: string, @Req() request: AdminRequest): Promise<void> {
    await this.authority.requireNoEscape(request.principal, name, []);
    await this.policies.remove('group', name, whoOf(request));
  }
}

async function historyOf(policies: AccessPolicies, kind: PolicyKind, name: string): Promise<object> {
  const versions = await policies.versions(kind, name);
  if (versions.length === 0) throw new UnknownAddress(`There was never a ${kind} of that name.`);
  return { versions: versions.map(versionAnswer) };
}

const versionAnswer = ({ version, changedBy, changedAt, body }: PolicyRow): object => ({
  version,
  changedBy,
  changedAt,
  ...(body === null ? { removed: true } : { content: JSON.parse(body) as unknown }),
});

const whoOf = ({ principal }: AdminRequest): string => principal.subject;

function requireName(given: string, address: string): void {
  if (given === address) return;
  throw new InvalidRequest({ code: 'value', diagnostics: 'name is not the one in the address; leave it out.' });
}
