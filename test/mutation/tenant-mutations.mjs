/** Whose a row, an address and a piece of work are; `find` has to occur once in the file. */
export const tenantMutations = [
  {
    name: 'tenant: a read of any',
    file: 'src/fhir/storage/reading/version-statements.ts',
    find: 'const key = `r.tenant = ${tenant} AND r.type',
    replace: 'const key = `r.tenant <> 0 * ${tenant} AND r.type',
    seenBy: 'are the same, byte for byte',
  },
  {
    name: 'tenant: accounts of any',
    file: 'src/auth/storage/user-account.repository.ts',
    find: 'return this.rows.findOneBy({ tenant: currentTenant(), name });',
    replace: 'return this.rows.findOneBy({ name });',
    seenBy: 'opens nothing at another one',
  },
  {
    name: 'tenant: clients of any',
    file: 'src/oauth2/storage/oauth-client.repository.ts',
    find: 'const row = await this.rows.findOneBy({ tenant: currentTenant(), id });',
    replace: 'const row = await this.rows.findOneBy({ id });',
    seenBy: 'a code and its tokens: count at their own',
  },
  {
    name: 'tenant: tokens for registrations of any',
    file: 'src/oauth2/storage/registration-token.repository.ts',
    find: '({ tenant: currentTenant(), hash, usesLeft',
    replace: '({ hash, usesLeft',
    seenBy: 'registers nothing at another one',
  },
  {
    name: 'tenant: the addresses of default',
    file: 'src/config/tenant-config.ts',
    find: 'const publicUrl = `${config.publicUrl}${tenantPath(name)}`;',
    replace: 'const publicUrl = config.publicUrl + tenantPath(name).slice(0, 0);',
    seenBy: 'says where tokens for it come from',
  },
  {
    name: 'tenant: every request is the work of default',
    file: 'src/app/tenants/tenant-front.ts',
    find: '  asTenant(tenant, () => {',
    replace: '  asTenant(tenant && ownTenant, () => {',
    seenBy: 'are the same, byte for byte',
  },
  {
    name: 'tenant: each has the addresses of the operator',
    file: 'src/app/server.module.ts',
    find: 'if (isTenants) return {',
    replace: 'if (isTenants && !config) return {',
    seenBy: 'is not somebody whom a tenant knows',
  },
  {
    name: 'tenant: a suspended one answers',
    file: 'src/app/tenants/tenant-front.ts',
    find: "if (tenant?.state !== 'active') return answerUnknownTenant",
    replace: 'if (!tenant) return answerUnknownTenant',
    seenBy: 'answers as one that there is not',
  },
];
