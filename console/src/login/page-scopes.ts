/** Scopes of every login: who the user is, and that tokens are renewed while the session of the browser lives. */
export const loginScopes = ['openid', 'fhirUser', 'online_access'] as const;

const data = ['user/*.cruds', 'user/AuditEvent.rs'] as const;

/** Nobody gives what he has not (docs/adr/0038): pages that give rights ask for all that there are. */
const giving = [...data, 'admin/*.cruds', 'operator/*.cruds'] as const;

/** All that the console has pages for. */
export const everyScope: readonly string[] = [...loginScopes, ...giving];

/** Rights that count when a resource is written that others depend on (docs/administration.md). */
export const writingScopes = [...data, 'admin/Policy.u', 'admin/Definition.cud'] as const;

/** Scopes of questions about the access of others (docs/adr/0140). */
export const questionScopes = ['admin/Policy.r', 'admin/User.r', 'admin/Client.r'] as const;

/** Scopes of the question what somebody sees of a patient: it is counted among what the caller sees. */
export const sightScopes = [...questionScopes, 'admin/Audit.r', ...data] as const;

/** By the beginning of the address below the console; the longest counts. */
const scopesByPath: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ['quickstart', giving],
  ['data', data],
  ['request', [...data, 'admin/*.cruds']],
  ['users', ['admin/User.cruds']],
  ['users/new', giving],
  ['users/user', giving],
  ['clients', ['admin/Client.cruds']],
  ['clients/new', giving],
  ['clients/registration-token', giving],
  ['clients/id', giving],
  ['policies', ['admin/Policy.cruds']],
  ['operations', ['admin/Job.r']],
  ['operations/jobs', ['admin/Job.rd']],
  ['operations/packages', ['admin/Definition.cruds']],
  ['operations/suppressions', ['admin/Definition.cruds']],
  ['operations/audit', ['admin/Audit.rs', 'user/AuditEvent.rs']],
  ['operations/tenants', ['operator/Tenant.cruds']],
]);

/** Scopes that the page at this address asks for when it is opened. */
export function scopesAt(address: string): readonly string[] {
  const [path = ''] = address.split(/[?#]/, 1);
  const parts = path.split('/').filter((part) => part !== '');
  return scopesByPath.get(parts.slice(0, 2).join('/')) ?? scopesByPath.get(parts[0] ?? '') ?? [];
}
