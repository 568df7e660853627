import { parseDatabaseUrl, userOf } from '../database-url.js';
import type { Settings } from '../settings-schema.js';

interface Conflict {
  readonly isThere: (settings: Settings) => boolean;
  readonly line: (settings: Settings) => string;
}

const issuerOf = ({ PUBLIC_URL = '' }: Settings): string =>
  `${PUBLIC_URL.replace('{tenant}.', '').replace(/\/+$/, '')}/oauth2`;

const known: readonly Conflict[] = [
  {
    isThere: ({ SEARCH_COUNT_DEFAULT, SEARCH_COUNT_MAX }) => SEARCH_COUNT_DEFAULT > SEARCH_COUNT_MAX,
    line: () => 'SEARCH_COUNT_DEFAULT: is larger than SEARCH_COUNT_MAX. Example: SEARCH_COUNT_DEFAULT=20',
  },
  {
    isThere: ({ EMBEDDED_ISSUER, LOGIN_PROVIDERS }) => !EMBEDDED_ISSUER && LOGIN_PROVIDERS.length > 0,
    line: () =>
      'LOGIN_PROVIDERS: needs the embedded issuer; with EMBEDDED_ISSUER=off, trust the tokens of the provider. Example: TRUSTED_ISSUERS=@issuers.json',
  },
  {
    isThere: ({ EMBEDDED_ISSUER, LOGIN, AUTH_BASIC }) => !EMBEDDED_ISSUER && (LOGIN === true || AUTH_BASIC),
    line: () => 'EMBEDDED_ISSUER: LOGIN and AUTH_BASIC need it, so it cannot be off. Example: EMBEDDED_ISSUER=on',
  },
  {
    isThere: (settings) =>
      settings.EMBEDDED_ISSUER && settings.TRUSTED_ISSUERS.some(({ issuer }) => issuer === issuerOf(settings)),
    line: (settings) =>
      `TRUSTED_ISSUERS: ${issuerOf(settings)} is this server itself, which is trusted already. Example: TRUSTED_ISSUERS=[]`,
  },
  {
    isThere: ({ CONSOLE_ISSUER, TRUSTED_ISSUERS }) =>
      CONSOLE_ISSUER !== undefined && !TRUSTED_ISSUERS.some(({ issuer }) => issuer === CONSOLE_ISSUER),
    line: ({ TRUSTED_ISSUERS: [first] }) =>
      `CONSOLE_ISSUER: is no issuer of TRUSTED_ISSUERS, so its tokens would not count. Example: CONSOLE_ISSUER=${first?.issuer ?? 'https://idp.example'}`,
  },
  {
    isThere: ({ CONSOLE_ISSUER, CONSOLE_CLIENT_ID }) => CONSOLE_ISSUER !== undefined && CONSOLE_CLIENT_ID === undefined,
    line: () => 'CONSOLE_ISSUER: needs the client id of the console there. Example: CONSOLE_CLIENT_ID=lanyard-console',
  },
  {
    isThere: ({ CONSOLE_CLIENT_ID, CONSOLE_ISSUER, EMBEDDED_ISSUER, TRUSTED_ISSUERS }) =>
      CONSOLE_CLIENT_ID !== undefined &&
      CONSOLE_ISSUER === undefined &&
      (EMBEDDED_ISSUER || TRUSTED_ISSUERS.length === 0),
    line: ({ EMBEDDED_ISSUER }) =>
      EMBEDDED_ISSUER
        ? 'CONSOLE_CLIENT_ID: is for a login at another authorization server; say which. Example: CONSOLE_ISSUER=https://idp.example'
        : 'CONSOLE_CLIENT_ID: needs an authorization server that it is registered at. Example: TRUSTED_ISSUERS=\'[{"issuer":"https://idp.example"}]\'',
  },
  {
    isThere: ({ CONSOLE_SCOPES, CONSOLE_CLIENT_ID }) => CONSOLE_SCOPES !== undefined && CONSOLE_CLIENT_ID === undefined,
    line: () =>
      'CONSOLE_SCOPES: is for a login at another authorization server, and needs CONSOLE_CLIENT_ID. Example: CONSOLE_CLIENT_ID=lanyard-console',
  },
  {
    isThere: ({ DATABASE_PASSWORD, DATABASE_URL = '' }) =>
      DATABASE_PASSWORD !== undefined && (parseDatabaseUrl(DATABASE_URL)?.password ?? 'none') !== '',
    line: () =>
      'DATABASE_PASSWORD: needs a DATABASE_URL without a password. Example: DATABASE_URL=postgres://lanyard@db.example:5432/lanyard',
  },
  {
    isThere: ({ MIGRATION_DATABASE_URL, DATABASE_URL }) =>
      MIGRATION_DATABASE_URL !== undefined &&
      [undefined, userOf(MIGRATION_DATABASE_URL)].includes(userOf(DATABASE_URL)),
    line: () =>
      'MIGRATION_DATABASE_URL: needs a DATABASE_URL with a user of its own, who owns no table. Example: DATABASE_URL=postgres://lanyard_server:password@db.example:5432/lanyard',
  },
  {
    isThere: ({ MIGRATION_DATABASE_URL, DATABASE_DIRECT_URL }) =>
      MIGRATION_DATABASE_URL !== undefined && DATABASE_DIRECT_URL !== undefined,
    line: () =>
      'DATABASE_DIRECT_URL: MIGRATION_DATABASE_URL is the way of migrations already; keep that one alone. Example: MIGRATION_DATABASE_URL=postgres://lanyard_owner:password@db.example:5432/lanyard',
  },
  {
    isThere: ({ DATABASE_REPLICA_URLS, DATABASE_URL }) =>
      DATABASE_REPLICA_URLS.length > 0 && DATABASE_URL === undefined,
    line: () =>
      'DATABASE_REPLICA_URLS: needs a DATABASE_URL that they stream from. Example: DATABASE_URL=postgres://lanyard:password@db.example:5432/lanyard',
  },
  {
    isThere: ({ TENANTS, PUBLIC_URL = '' }) =>
      TENANTS === 'host' && !/^https?:\/\/\{tenant\}\.[^{}/:][^{}]*$/.test(PUBLIC_URL),
    line: () =>
      'PUBLIC_URL: TENANTS=host needs {tenant} as the first label of its host, and nowhere else. Example: PUBLIC_URL=https://{tenant}.fhir.example',
  },
  {
    isThere: ({ TENANTS, PUBLIC_URL = '' }) => TENANTS !== 'host' && PUBLIC_URL.includes('{'),
    line: () => 'PUBLIC_URL: {tenant} in it needs TENANTS=host. Example: PUBLIC_URL=https://fhir.example',
  },
  {
    isThere: ({ TENANTS, DATABASE_REPLICA_URLS }) => TENANTS !== 'off' && DATABASE_REPLICA_URLS.length > 0,
    line: () => 'TENANTS: tenants do not read from standbys; leave DATABASE_REPLICA_URLS out. Example: TENANTS=off',
  },
  {
    isThere: ({ BINARY_STORE, BINARY_STORE_ENDPOINT }) =>
      BINARY_STORE_ENDPOINT !== undefined && BINARY_STORE === undefined,
    line: () => 'BINARY_STORE_ENDPOINT: needs a BINARY_STORE. Example: BINARY_STORE=s3://acme-fhir/binaries',
  },
  {
    isThere: ({ METRICS_PORT, PORT }) => METRICS_PORT !== undefined && METRICS_PORT !== 0 && METRICS_PORT === PORT,
    line: () =>
      'METRICS_PORT: is the same as PORT; what it shows is not for everybody who may call. Example: METRICS_PORT=9464',
  },
  {
    isThere: ({ METRICS_TENANTS, METRICS_PORT }) => METRICS_TENANTS > 0 && METRICS_PORT === undefined,
    line: () => 'METRICS_TENANTS: needs a METRICS_PORT, where alone tenants are named. Example: METRICS_PORT=9464',
  },
  {
    isThere: ({ METRICS_TENANTS, TENANTS }) => METRICS_TENANTS > 0 && TENANTS === 'off',
    line: () => 'METRICS_TENANTS: there are no tenants with TENANTS=off. Example: TENANTS=path',
  },
];

/** Settings that are right alone and wrong together: a line for each. */
export const conflicts = (settings: Settings): string[] =>
  known.filter(({ isThere }) => isThere(settings)).map(({ line }) => line(settings));
