import { createHmac } from 'node:crypto';
import type { AppConfig } from './app-config.js';
import { ownMembers, type OwnSettings, shownAtTenant } from './own-settings.js';

/** Path of a tenant below PUBLIC_URL. */
export const tenantPath = (name: string): string => `/t/${name}`;

/** Address of another tenant than `default`. */
const tenantUrl = ({ tenants, tenantsUrl, publicUrl }: AppConfig, name: string): string =>
  tenants === 'host' ? tenantsUrl.replace('{tenant}', name) : `${publicUrl}${tenantPath(name)}`;

/**
 * The settings of another tenant than `default`: a server of its own below PUBLIC_URL, or at a host of its own. What settings of the process say of its people is not
 * the tenant's: it has no login providers and not the name and logo of the operator, tokens of trusted issuers have to name its own base, and page links have a secret of
 * their own. `ownSettings`: what it has of its own; throws `WrongSettings` where that is wrong.
 */
export function configOfTenant(config: AppConfig, name: string, ownSettings: OwnSettings = {}): AppConfig {
  const publicUrl = tenantUrl(config, name);
  const fhirBase = `${publicUrl}/fhir/r4`;
  const { cursorSecret, binaryStore, trustedIssuers } = config;
  const own: Partial<Record<keyof AppConfig, unknown>> = {
    publicUrl,
    trustedIssuers: trustedIssuers.map((issuer) => ({ ...issuer, audience: [fhirBase] })),
    loginProviders: [],
    organisation: {},
    adminPassword: undefined,
    shown: () => shownAtTenant(config, ownSettings),
    cursorSecret:
      cursorSecret && createHmac('sha256', cursorSecret).update(`cursors of the tenant ${name}`).digest('base64url'),
    binaryStore: binaryStore && {
      ...binaryStore,
      prefix: [binaryStore.prefix, 'tenants', name].filter((part) => part !== '').join('/'),
    },
    ...ownMembers(config, ownSettings, fhirBase),
  };
  const members = Object.entries(own).map(([key, value]) => [key, { value }] as const);
  return Object.create(config, Object.fromEntries(members)) as AppConfig;
}
