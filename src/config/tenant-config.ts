import { createHmac } from 'node:crypto';
import type { AppConfig } from './app-config.js';

/** Path of a tenant below PUBLIC_URL. */
export const tenantPath = (name: string): string => `/t/${name}`;

/** Address of another tenant than `default`. */
const tenantUrl = ({ tenants, tenantsUrl, publicUrl }: AppConfig, name: string): string =>
  tenants === 'host' ? tenantsUrl.replace('{tenant}', name) : `${publicUrl}${tenantPath(name)}`;

/**
 * The settings of another tenant than `default`: a server of its own below PUBLIC_URL, or at a host of its own. What settings say of one server's people is not
 * the tenant's: it has no login providers and not the name and logo of the operator, tokens of trusted issuers have to name its own base, and page links have a secret of
 * their own.
 */
export function configOfTenant(config: AppConfig, name: string): AppConfig {
  const publicUrl = tenantUrl(config, name);
  const { cursorSecret, binaryStore, trustedIssuers } = config;
  const own: Partial<Record<keyof AppConfig, unknown>> = {
    publicUrl,
    trustedIssuers: trustedIssuers.map((issuer) => ({ ...issuer, audience: [`${publicUrl}/fhir/r4`] })),
    loginProviders: [],
    organisation: {},
    adminPassword: undefined,
    cursorSecret:
      cursorSecret && createHmac('sha256', cursorSecret).update(`cursors of the tenant ${name}`).digest('base64url'),
    binaryStore: binaryStore && {
      ...binaryStore,
      prefix: [binaryStore.prefix, 'tenants', name].filter((part) => part !== '').join('/'),
    },
  };
  const members = Object.entries(own).map(([key, value]) => [key, { value }] as const);
  return Object.create(config, Object.fromEntries(members)) as AppConfig;
}
