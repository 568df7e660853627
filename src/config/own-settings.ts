import type { AppConfig } from './app-config.js';
import { WrongSettings } from './checks/wrong-settings.js';
import { completeIssuers, type IssuerSettings, type TrustedIssuer } from './foreign/trusted-issuer.js';
import type { SettingName } from './settings-schema.js';
import { secretNames, type Variables } from './secrets/secret-files.js';
import type { ShownSetting } from './shown-settings.js';

/** Settings that a tenant may have of its own, and the member of {@link AppConfig} that says each (docs/adr/0193). */
const members = {
  TRUSTED_ISSUERS: 'trustedIssuers',
  LOGIN_PROVIDERS: 'loginProviders',
  LOGIN: 'login',
  AUTH_BASIC: 'authBasic',
  REGISTRATION: 'registration',
  ACCESS_TOKEN_TTL: 'accessTokenTtl',
  REFRESH_TOKEN_TTL: 'refreshTokenTtl',
  LOGIN_TOKEN_TTL: 'loginTokenTtl',
  LOGIN_REFRESH_TTL: 'loginRefreshTtl',
  CONSOLE_ISSUER: 'consoleLogin',
  CONSOLE_CLIENT_ID: 'consoleLogin',
  CONSOLE_SCOPES: 'consoleLogin',
  CORS_ORIGINS: 'corsOrigins',
  ORGANISATION_NAME: 'organisation',
  ORGANISATION_LOGO: 'organisation',
  ORGANISATION_COLOUR: 'organisation',
  CLEARANCE: 'withholding',
  CONSENT: 'withholding',
  PATIENT_WRITES: 'patientWrites',
  VALIDATION: 'validation',
  VALIDATION_PROFILES: 'profiles',
  UNKNOWN_PROFILES: 'profiles',
  UNKNOWN_CODES: 'profiles',
  CONDITIONAL_DELETE: 'conditionalDelete',
  CONDITIONAL_DELETE_MAX: 'conditionalDelete',
  SEARCH_HANDLING: 'searchHandling',
  SEARCH_COUNT_DEFAULT: 'searchCountDefault',
  SEARCH_COUNT_MAX: 'searchCountMax',
  AUDIT_RETENTION: 'audit',
} as const satisfies Partial<Record<SettingName, keyof AppConfig>>;

export type OwnSettingName = keyof typeof members;

/** Texts as they would stand in the environment; an empty one takes away what the process has set. */
export type OwnSettings = Readonly<Partial<Record<OwnSettingName, string>>>;

export const ownSettingNames = Object.keys(members) as readonly OwnSettingName[];

export const isOwnSetting = (name: string): name is OwnSettingName => Object.hasOwn(members, name);

/** What is said of the operator's people and house alone, so that a tenant has none of it unless it has its own. */
const ofOperator = ['LOGIN_PROVIDERS', 'ORGANISATION_NAME', 'ORGANISATION_LOGO', 'ORGANISATION_COLOUR'] as const;

type OwnMembers = { readonly [M in (typeof members)[OwnSettingName]]?: AppConfig[M] };

/** Members that the settings of a tenant say otherwise than those of the process. Throws {@link WrongSettings}, a line for each that is wrong. */
export function ownMembers(config: AppConfig, own: OwnSettings, fhirBase: string): OwnMembers {
  const set = Object.keys(own).filter(isOwnSetting);
  if (set.length === 0) return {};
  const varied = config.varied(inPlaceOf(own));
  const { TRUSTED_ISSUERS: issuers } = own;
  return {
    ...Object.fromEntries(set.map((name) => [members[name], varied[members[name]]])),
    ...(issuers !== undefined && { trustedIssuers: issuersOf(config, issuers, fhirBase) }),
  };
}

/** Settings as a tenant's administrators see them: those that it may have of its own, and nothing of the process. */
export const shownAtTenant = (config: AppConfig, own: OwnSettings): readonly ShownSetting[] =>
  config
    .shown(inPlaceOf(own))
    .filter(({ name }) => isOwnSetting(name))
    .map((setting) => ({ ...setting, isOwn: Object.hasOwn(own, setting.name) }));

/** Variables that replace those of the environment for a tenant. An empty one takes the operator's value away. */
function inPlaceOf(own: OwnSettings): Variables {
  const apart = [...new Set<string>([...ofOperator, ...Object.keys(own)])];
  const files = apart.filter((name) => (secretNames as readonly string[]).includes(name)).map((name) => `${name}_FILE`);
  const nothing = Object.fromEntries([...ofOperator, ...files].map((name) => [name, '']));
  return { ...nothing, ...own };
}

/** An audience that is not said is the base of the tenant. */
function issuersOf(config: AppConfig, text: string, fhirBase: string): readonly TrustedIssuer[] {
  const issuers = completeIssuers(JSON.parse(text || '[]') as readonly IssuerSettings[], fhirBase);
  const own = issuers.find(({ issuer }) => isOfThisServer(config, issuer));
  if (!own) return issuers;
  throw new WrongSettings(
    `TRUSTED_ISSUERS: ${own.issuer} is of this server: a tenant trusts its own issuer anyway, and that of another tenant would let its users in. Example: TRUSTED_ISSUERS='[{"issuer":"https://idp.example"}]'`,
  );
}

/** True for the issuers of all other tenants than `default` that there are or may be; another server may be behind the same host. */
function isOfThisServer({ tenants, tenantsUrl, publicUrl }: AppConfig, issuer: string): boolean {
  const [before = '', after = ''] = (tenants === 'host' ? tenantsUrl : `${publicUrl}/t/{tenant}`).split('{tenant}');
  const end = `${after}/oauth2`;
  const asTokensSayIt = issuer.replace(/\/+$/, '');
  if (!asTokensSayIt.startsWith(before) || !asTokensSayIt.endsWith(end)) return false;
  return /^[\w-]+$/.test(asTokensSayIt.slice(before.length, -end.length));
}
