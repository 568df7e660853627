/** The tenant that has what was there before there were tenants. */
export const defaultTenantName = 'default';

/** Names that mean something in addresses, or would be taken for the operator's. */
const reserved: ReadonlySet<string> = new Set([
  'account',
  'admin',
  'administrator',
  'all',
  'api',
  'auth',
  'console',
  'docs',
  'fhir',
  'health',
  'host',
  'lanyard',
  'localhost',
  'login',
  'mail',
  'metrics',
  'none',
  'oauth2',
  'operator',
  'public',
  'root',
  'shared',
  'static',
  'status',
  'system',
  'tenant',
  'tenants',
  'test',
  'well-known',
  'www',
]);

const rule = 'Names of tenants are 3 to 40 lower case letters, digits and hyphens, such as north-hospital';

/**
 * Why a tenant cannot have the name, as a sentence with its cure; undefined if it can. Names of other alphabets look like those of
 * others, and so do their forms for host names (`xn--`).
 */
export function nameFault(name: string): string | undefined {
  if (!/^[a-z0-9-]{3,40}$/.test(name)) return `${rule}.`;
  if (name.startsWith('-') || name.endsWith('-')) return `${rule}: no hyphen at an end.`;
  if (/^..--/.test(name))
    return `${rule}: no two hyphens after the second letter, as internationalized host names have.`;
  if (reserved.has(name))
    return `"${name}" is a word of addresses, and no tenant can have it. Add to it, such as ${name}-1.`;
  return undefined;
}
