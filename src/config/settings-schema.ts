import { secretLines, shortestSecret } from './key-secrets.js';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { z } from 'zod';
import { confidentialities } from '../fhir/model/confidentiality.js';
import { maximumDepth } from '../fhir/model/json.js';
import { isResourceType } from '../fhir/model/resource-types.js';
import { timeZoneOf } from '../fhir/search/time-zone.js';
import { parseDatabaseUrl, splitDatabaseUrls } from './database-url.js';
import { loginProviders } from './login-provider.js';
import { byteSize, part, wholeNumber } from './numbers.js';
import { trustedIssuers } from './trusted-issuer.js';

/** What `NODE_ENV=production` refuses, and `ALLOW_INSECURE` may name. */
export const insecurities = [
  'http',
  'generated-password',
  'embedded-database',
  'plain-keys',
  'no-audit',
  'weak-secrets',
] as const;
export type Insecurity = (typeof insecurities)[number];

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const onOff = oneOf(['on', 'off']).transform((text) => text === 'on');
const secret = z.string().min(shortestSecret, 'is too short: 16 characters at least, better 32 random ones');
const isType = (text: string): text is string => isResourceType(text);

/** One line for each setting. Messages complete the sentence that begins with the variable's name. */
export const settingsSchema = z.object({
  PORT: wholeNumber(0, 65_535).default(3000),
  HOST: z.string().regex(/^\S+$/, 'must be an address or a host name').optional(),
  PUBLIC_URL: z.string().refine(isPublicUrl, 'must be an http(s) URL without query and fragment').optional(),
  TRUSTED_PROXIES: listOf(isAddress, 'must be IP addresses or networks, separated by commas'),
  DATABASE_URL: z.string().refine(isDatabaseUrl, 'must be a postgres URL that names a database').optional(),
  DATABASE_DIRECT_URL: z.string().refine(isDatabaseUrl, 'must be a postgres URL that names a database').optional(),
  DATABASE_REPLICA_URLS: databaseUrls(),
  MIGRATIONS: oneOf(['auto', 'manual']).default('auto'),
  DATABASE_PASSWORD: z.string().optional(),
  DATABASE_POOL: wholeNumber(1, 1000).default(10),
  DATABASE_QUEUE: wholeNumber(1, 100_000).default(500),
  CALLER_SHARE: part().default(0.5),
  DATA_DIR: z.string().optional(),
  ADMIN_USER: z
    .string()
    .regex(/^[^\s:]{1,100}$/, 'must be a name without spaces and colons')
    .default('admin'),
  ADMIN_PASSWORD: z.string().optional(),
  LOGIN: onOff.optional(),
  AUTH_BASIC: onOff.default(false),
  TRUSTED_ISSUERS: z.string().default('[]').transform(readJson).pipe(trustedIssuers),
  EMBEDDED_ISSUER: onOff.default(true),
  LOGIN_PROVIDERS: z.string().default('[]').transform(readJson).pipe(loginProviders),
  REGISTRATION: oneOf(['token', 'open', 'off']).default('token'),
  LOGIN_TOKEN_TTL: wholeNumber(1, 86_400).default(3600),
  LOGIN_REFRESH_TTL: wholeNumber(1, 31_536_000).default(43_200),
  ACCESS_TOKEN_TTL: wholeNumber(30, 86_400).default(3600),
  REFRESH_TOKEN_TTL: wholeNumber(60, 99_999_999).default(8_640_000),
  INTERACTION_AUTOPILOT: onOff.default(false),
  JWKS_ALLOW_PRIVATE: listOf(isHost, 'must be host names or addresses, with a port or without, separated by commas'),
  CLOCK_SKEW: wholeNumber(0, 600).default(60),
  REFERENTIAL_INTEGRITY: onOff.default(false),
  CONDITIONAL_DELETE: oneOf(['single', 'multiple']).default('single'),
  CONDITIONAL_DELETE_MAX: wholeNumber(1, 10_000).default(100),
  SEARCH_COUNT_DEFAULT: wholeNumber(1, 10_000).default(20),
  SEARCH_COUNT_MAX: wholeNumber(1, 10_000).default(1000),
  SEARCH_VALUES: wholeNumber(100, 100_000).default(10_000),
  SEARCH_HANDLING: oneOf(['strict', 'lenient']).default('strict'),
  SEARCH_EXPLAIN: onOff.default(false),
  TIME_ZONE: timeZone().default('UTC'),
  CHAIN_DEPTH: wholeNumber(1, 20).default(8),
  INCLUDE_MAX: wholeNumber(1, 100_000).default(1000),
  BODY_LIMIT: byteSize().default(16 * 1024 ** 2),
  BUNDLE_LIMIT: byteSize().default(256 * 1024 ** 2),
  BINARY_LIMIT: byteSize().default(1024 ** 3),
  BUNDLE_ENTRIES: wholeNumber(1, 1_000_000).default(20_000),
  DEPTH_LIMIT: wholeNumber(10, maximumDepth).default(maximumDepth),
  VALUES_LIMIT: wholeNumber(1000, 10_000_000).default(200_000),
  BODY_MEMORY: byteSize().optional(),
  RESPONSE_LIMIT: byteSize().default(32 * 1024 ** 2),
  REQUEST_TIMEOUT: wholeNumber(1, 3600).default(60),
  STATEMENT_TIMEOUT: wholeNumber(0, 3600).default(60),
  RECORD_STATEMENT_TIMEOUT: wholeNumber(0, 3600).default(10),
  EVENT_LOOP_DELAY: wholeNumber(0, 60_000).default(1000),
  AUTH_FAILURE_RATE: wholeNumber(0, 100_000).default(20),
  SIGN_IN_RATE: wholeNumber(0, 100_000).default(30),
  SHUTDOWN_DELAY: wholeNumber(0, 600).optional(),
  VALIDATION: oneOf(['strict', 'structure']).default('strict'),
  PACKAGES: z.string().optional(),
  IMPLEMENTATION_GUIDES: guides(),
  CLEARANCE: oneOf(confidentialities).default('V'),
  CONSENT: oneOf(['users', 'all', 'off']).default('users'),
  PATIENT_WRITES: listOf(isType, 'must be R4 resource types, separated by commas'),
  AUDIT: onOff.default(true),
  AUDIT_RETENTION: wholeNumber(0, 36_500).default(0),
  CORS_ORIGINS: listOf(isOrigin, 'must be origins such as https://app.example, separated by commas, or *'),
  KEY_ENCRYPTION_SECRET: z
    .string()
    .refine(
      (text) => secretLines(text).every(({ length }) => length >= shortestSecret) && secretLines(text).length > 0,
      'is too short: 16 characters at least in each line, better 32 random ones',
    )
    .optional(),
  CURSOR_SECRET: secret.optional(),
  METRICS_PORT: wholeNumber(0, 65_535).optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .string()
    .refine(isPublicUrl, 'must be an http(s) URL without query and fragment')
    .optional(),
  LOG_LEVEL: oneOf(logLevels).default('info'),
  NODE_ENV: oneOf(['production', 'development', 'test']).optional(),
  ALLOW_INSECURE: listOf(isInsecurity, `must be some of ${insecurities.join(', ')}`),
});

export type Settings = z.output<typeof settingsSchema>;
export type SettingName = keyof typeof settingsSchema.shape;

/** Shown with a wrong value. */
export const examples: Readonly<Record<SettingName, string>> = {
  PORT: '3000',
  HOST: '127.0.0.1',
  PUBLIC_URL: 'https://fhir.example',
  TRUSTED_PROXIES: '10.0.0.5,10.1.0.0/16',
  DATABASE_URL: 'postgres://lanyard:password@db.example:5432/lanyard',
  DATABASE_DIRECT_URL: 'postgres://lanyard:password@db-primary.example:5432/lanyard',
  DATABASE_REPLICA_URLS: 'postgres://lanyard:password@db-standby.example:5432/lanyard',
  MIGRATIONS: 'manual',
  DATABASE_PASSWORD: "'correct horse battery staple'",
  DATABASE_POOL: '10',
  DATABASE_QUEUE: '500',
  CALLER_SHARE: '0.5',
  DATA_DIR: '/var/lib/lanyard',
  ADMIN_USER: 'admin',
  ADMIN_PASSWORD: "'correct horse battery staple'",
  LOGIN: 'on',
  AUTH_BASIC: 'off',
  TRUSTED_ISSUERS: `'[{"issuer":"https://idp.example"}]' or TRUSTED_ISSUERS=@issuers.json`,
  EMBEDDED_ISSUER: 'on',
  LOGIN_PROVIDERS: '@login-providers.json',
  REGISTRATION: 'token',
  LOGIN_TOKEN_TTL: '3600',
  LOGIN_REFRESH_TTL: '43200',
  ACCESS_TOKEN_TTL: '3600',
  REFRESH_TOKEN_TTL: '8640000',
  INTERACTION_AUTOPILOT: 'off',
  JWKS_ALLOW_PRIVATE: 'keys.internal,10.0.0.7:8443',
  CLOCK_SKEW: '60',
  REFERENTIAL_INTEGRITY: 'on',
  CONDITIONAL_DELETE: 'multiple',
  CONDITIONAL_DELETE_MAX: '100',
  SEARCH_COUNT_DEFAULT: '20',
  SEARCH_COUNT_MAX: '1000',
  SEARCH_VALUES: '10000',
  SEARCH_HANDLING: 'strict',
  SEARCH_EXPLAIN: 'on',
  TIME_ZONE: 'Europe/Berlin',
  CHAIN_DEPTH: '8',
  INCLUDE_MAX: '1000',
  BODY_LIMIT: '16mb',
  BUNDLE_LIMIT: '256mb',
  BINARY_LIMIT: '1gb',
  BUNDLE_ENTRIES: '20000',
  DEPTH_LIMIT: '100',
  VALUES_LIMIT: '200000',
  BODY_MEMORY: '256mb',
  RESPONSE_LIMIT: '32mb',
  REQUEST_TIMEOUT: '60',
  STATEMENT_TIMEOUT: '60',
  RECORD_STATEMENT_TIMEOUT: '10',
  EVENT_LOOP_DELAY: '1000',
  AUTH_FAILURE_RATE: '20',
  SIGN_IN_RATE: '30',
  SHUTDOWN_DELAY: '5',
  VALIDATION: 'strict',
  PACKAGES: '/var/lib/lanyard/packages',
  IMPLEMENTATION_GUIDES: 'hl7.fhir.us.core@6.1.0',
  CLEARANCE: 'N',
  CONSENT: 'all',
  PATIENT_WRITES: 'Consent,RelatedPerson',
  AUDIT: 'on',
  AUDIT_RETENTION: '3650',
  CORS_ORIGINS: 'https://app.example',
  KEY_ENCRYPTION_SECRET: '"$(openssl rand -base64 32)"',
  CURSOR_SECRET: '"$(openssl rand -base64 32)"',
  METRICS_PORT: '9464',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector.example:4318',
  LOG_LEVEL: 'info',
  NODE_ENV: 'production',
  ALLOW_INSECURE: 'http',
};

function oneOf<const T extends readonly string[]>(values: T): z.ZodEnum<{ [K in T[number]]: K }> {
  return z.enum(values, `must be one of ${values.join(', ')}`);
}

/** Packages by name and version, each once. */
function guides() {
  const syntax = /^[a-z0-9][a-z0-9.-]{0,127}@[A-Za-z0-9][A-Za-z0-9.-]{0,63}$/;
  const isPackage = (text: string): text is string => syntax.test(text);
  return listOf(isPackage, 'must be packages such as hl7.fhir.us.core@6.1.0, separated by commas').transform((names) =>
    [...new Set(names)].map((text) => {
      const [name = '', version = ''] = text.split('@');
      return { name, version };
    }),
  );
}

function timeZone() {
  return z.string().transform((text, context) => {
    const zone = timeZoneOf(text);
    if (zone !== undefined) return zone;
    context.addIssue({ code: 'custom', message: 'must be a time zone by its IANA name, such as America/New_York' });
    return z.NEVER;
  });
}

function listOf<T extends string>(
  isItem: (text: string) => text is T,
  message: string,
): z.ZodType<readonly T[], string | undefined> {
  return z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    )
    .refine((items): items is T[] => items.every(isItem), message) as z.ZodType<readonly T[], string | undefined>;
}

function isPublicUrl(text: string): boolean {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return false;
  const { search, hash, username, password } = new URL(text);
  return search + hash + username + password === '';
}

function databaseUrls() {
  return z
    .string()
    .default('')
    .transform(splitDatabaseUrls)
    .refine((urls) => urls.every(isDatabaseUrl), 'must be postgres URLs that name a database, separated by commas');
}

function isDatabaseUrl(text: string): boolean {
  return (parseDatabaseUrl(text)?.pathname.length ?? 0) > 1;
}

function isAddress(text: string): text is string {
  const [address = '', bits] = text.split('/');
  const family = isIP(address);
  return family !== 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)));
}

function isOrigin(text: string): text is string {
  return text === '*' || (/^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text);
}

/** As it stands in a URL, so that it can be compared with one. */
function isHost(text: string): text is string {
  return URL.canParse(`https://${text}`) && new URL(`https://${text}`).host === text;
}

function isInsecurity(text: string): text is Insecurity {
  return (insecurities as readonly string[]).includes(text);
}

/** The JSON itself, or `@file.json`. */
function readJson(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text.startsWith('@') ? readFileSync(text.slice(1), 'utf8') : text) as unknown;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // The parser's message quotes the text, which may hold a secret.
    const position = /position \d+/.exec(message)?.[0];
    context.addIssue({
      code: 'custom',
      message: code
        ? `cannot read ${text.slice(1)} (${code})`
        : `is not JSON${position === undefined ? '' : `: see ${position}`}`,
    });
    return z.NEVER;
  }
}
