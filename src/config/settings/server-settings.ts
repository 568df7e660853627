import { z } from 'zod';
import { secretLines, shortestSecret } from '../secrets/key-secrets.js';
import { setting } from './setting.js';
import {
  autoOr,
  databaseUrl,
  databaseUrls,
  httpUrl,
  isAddress,
  isExtension,
  isOrigin,
  listOf,
  oneOf,
  onOff,
  part,
  wholeNumber,
} from './setting-kinds.js';

/** Insecurities that `NODE_ENV=production` refuses, and that `ALLOW_INSECURE` may name. */
export const insecurities = [
  'http',
  'generated-password',
  'embedded-database',
  'plain-keys',
  'no-audit',
  'weak-secrets',
] as const;
export type Insecurity = (typeof insecurities)[number];

const isInsecurity = (text: string): text is Insecurity => (insecurities as readonly string[]).includes(text);

const tooShort = 'is too short: 16 characters at least, better 32 random ones';

export const addressSettings = {
  PORT: setting(wholeNumber(0, 65_535).default(3000), { example: '3000', meaning: 'Port to listen on.' }),
  HOST: setting(z.string().regex(/^\S+$/, 'must be an address or a host name').optional(), {
    example: '127.0.0.1',
    meaning: 'Address to listen on.',
    default: '`127.0.0.1` with the embedded database, else `0.0.0.0`',
  }),
  PUBLIC_URL: setting(httpUrl().optional(), {
    example: 'https://fhir.example',
    meaning: 'Address that clients see; a path is allowed. The FHIR base is `$PUBLIC_URL/fhir/r4`.',
    default: '`http://localhost:$PORT`',
  }),
  CONSOLE: setting(onOff().default(true), {
    example: 'on',
    meaning:
      'The web console below `$PUBLIC_URL/console` ([Console](console.md)). `off`: its addresses are 404, and its client is gone.',
  }),
  CONSOLE_ISSUER: setting(z.string().min(1, 'must not be empty').optional(), {
    example: 'https://idp.example/realms/hospital',
    meaning:
      'Authorization server at which people log in to the console: the `issuer` of an entry of `TRUSTED_ISSUERS`.',
    default: 'this server; with `EMBEDDED_ISSUER=off` the advertised entry of `TRUSTED_ISSUERS`',
  }),
  CONSOLE_CLIENT_ID: setting(
    z
      .string()
      .regex(/^[\x21-\x7e]{1,200}$/, 'must be a client id without spaces')
      .optional(),
    {
      example: 'lanyard-console',
      meaning:
        'Client id of the console there: a public client with PKCE and the redirect address `$PUBLIC_URL/console/callback` ([Console](console.md#login-elsewhere)).',
    },
  ),
  CONSOLE_SCOPES: setting(
    z
      .string()
      .regex(/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/, 'must be scopes, with one space between two')
      .optional(),
    {
      example: "'openid fhirUser offline_access user/*.rs'",
      meaning:
        'Scopes that the console may ask for there: each page asks for those that it needs ([ADR 141](adr/0141-scopes-by-page.md)).',
      default: 'all that it has pages for',
    },
  ),
  TENANTS: setting(oneOf(['off', 'path', 'host']).default('off'), {
    example: 'path',
    meaning:
      '`path`: several tenants, each a server of its own below `$PUBLIC_URL/t/NAME`; what is there already is the tenant `default`, whose ' +
      'addresses stay as they are ([tenants](tenants.md)). `host`: each at a host of its own, with `PUBLIC_URL=https://{tenant}.fhir.example`; ' +
      '`default` is at `https://fhir.example`.',
  }),
  TENANT_BREAK_GLASS: setting(onOff().default(false), {
    example: 'on',
    meaning:
      '`on`: users with `operator/BreakGlass.c` get a token to look into a tenant, for a quarter of an hour and in its sight, at ' +
      '`POST /admin/tenants/NAME/break-glass` ([tenants](tenants.md#look-inside)).',
  }),
  TRUSTED_PROXIES: setting(listOf(isAddress, 'must be IP addresses or networks, separated by commas'), {
    example: '10.0.0.5,10.1.0.0/16',
    meaning: 'Addresses whose forwarded headers count.',
  }),
  CORS_ORIGINS: setting(listOf(isOrigin, 'must be origins such as https://app.example, separated by commas, or *'), {
    example: 'https://app.example',
    meaning: 'Origins that browsers may call from; `*`: any. Open documents are open to all.',
  }),
};

export const databaseSettings = {
  DATABASE_URL: setting(databaseUrl().optional(), {
    example: 'postgres://lanyard:password@db.example:5432/lanyard',
    meaning:
      'PostgreSQL 14 or newer. Several hosts (`db-1.example:5432,db-2.example:5432`): the one that takes writes is asked, and another one once that is ' +
      'so there ([failover](operations.md#several-hosts)).',
    default: 'an embedded PostgreSQL',
  }),
  DATABASE_PASSWORD: setting(z.string().optional(), {
    example: "'correct horse battery staple'",
    meaning:
      'For a `DATABASE_URL` without a password. `DATABASE_PASSWORD_FILE` and `DATABASE_URL_FILE` are read anew for each ' +
      'connection: change the password without a restart. Standbys take it too, unless their URLs have one.',
  }),
  DATABASE_DIRECT_URL: setting(databaseUrl().optional(), {
    example: 'postgres://lanyard:password@db-primary.example:5432/lanyard',
    meaning: 'For migrations, past a pooler such as pgbouncer.',
    default: '`DATABASE_URL`',
  }),
  MIGRATION_DATABASE_URL: setting(databaseUrl().optional(), {
    example: 'postgres://lanyard_owner:password@db.example:5432/lanyard',
    meaning:
      'The owner of the tables, for migrations, past a pooler. The role of `DATABASE_URL` is another one then, which owns nothing: it ' +
      'gets views that show one tenant at a time ([second belt](tenants.md#the-second-belt)).',
    default: '`DATABASE_DIRECT_URL`',
  }),
  DATABASE_REPLICA_URLS: setting(databaseUrls(), {
    example: 'postgres://lanyard:password@db-standby.example:5432/lanyard',
    meaning:
      'Streaming standbys, separated by commas. Backend services whose access nothing limits may read from them with ' +
      '`Cache-Control: max-stale` ([operations](operations.md#standbys)).',
  }),
  DATA_DIR: setting(z.string().optional(), {
    example: '/var/lib/lanyard',
    meaning: 'Folder of the embedded database.',
    default: '`./data`; for root below a closed folder `/var/lib/lanyard`',
  }),
  MIGRATIONS: setting(oneOf(['auto', 'manual']).default('auto'), {
    example: 'manual',
    meaning: '`manual`: the server waits, unready, until `lanyard migrate` has brought the schema up to date.',
  }),
  DATABASE_POOL: setting(wholeNumber(1, 1000).default(10), {
    example: '10',
    meaning: 'Connections of each server. A fifth of them is kept for the server itself.',
  }),
  DATABASE_NODES: setting(oneOf(['coordinator', 'holders']).default('coordinator'), {
    example: 'holders',
    meaning:
      '`holders`: on a database that Citus distributes, reads of a tenant are asked of the node that holds its rows, with up to ' +
      '`DATABASE_POOL` connections to each; the coordinator is asked for all else ([Citus](citus.md#read-at-the-nodes)).',
  }),
  DATABASE_QUEUE: setting(wholeNumber(1, 100_000).default(500), {
    example: '500',
    meaning: 'Requests that may wait for a connection; beyond it the answer is 503 with Retry-After.',
  }),
  CALLER_SHARE: setting(part().default(0.5), {
    example: '0.5',
    meaning:
      'Part of the connections, of the queue and of `BODY_MEMORY` that one caller (user or machine) may hold. Beyond it ' +
      'its requests wait for each other or are 429; others are not affected ([operations](operations.md#callers-who-ask-for-much)).',
  }),
};

export const secretSettings = {
  KEY_ENCRYPTION_SECRET: setting(
    z
      .string()
      .refine(
        (text) => secretLines(text).every(({ length }) => length >= shortestSecret) && secretLines(text).length > 0,
        'is too short: 16 characters at least in each line, better 32 random ones',
      )
      .optional(),
    {
      example: '"$(openssl rand -base64 32)"',
      meaning:
        'Encrypts signing keys, TOTP secrets and settings of tenants at rest; 16 characters and more. Several lines: the first encrypts, all ' +
        'decrypt. Its file is read anew, so it can be [replaced without a restart](operations.md#keys).',
    },
  ),
  CURSOR_SECRET: setting(z.string().min(shortestSecret, tooShort).optional(), {
    example: '"$(openssl rand -base64 32)"',
    meaning: 'Seals page links; 16 characters and more.',
    default: 'generated, kept in the database',
  }),
};

export const extensionSettings = {
  OPENAPI: setting(onOff().default(true), {
    example: 'off',
    meaning: '`/openapi.json` and `/docs/api`: what this server offers, open to everybody as `/metadata` is.',
  }),
  EXTENSIONS: setting(
    listOf(isExtension, 'must be names of packages, or paths of their folders, separated by commas').transform(
      (names) => [...new Set(names)],
    ),
    {
      example: '@acme/cardio',
      meaning:
        'Packages that add to the server, by name as they are found from the working directory, or the paths of their ' +
        'folders (`./extensions/cardio`), separated by commas ([how to](extensions/loading.md)).',
    },
  ),
};

export const operationSettings = {
  NODE_ENV: setting(oneOf(['production', 'development', 'test']).optional(), {
    example: 'production',
    meaning:
      'With `production`, `http:`, a generated password, an embedded database, plain keys, a missing audit and secrets ' +
      'that are easy to guess (`ADMIN_PASSWORD`, `KEY_ENCRYPTION_SECRET`, `CURSOR_SECRET`) each stop the start.',
  }),
  ALLOW_INSECURE: setting(listOf(isInsecurity, `must be some of ${insecurities.join(', ')}`), {
    example: 'http',
    meaning: `What \`NODE_ENV=production\` lets pass all the same: some of \`${insecurities.join('`, `')}\`.`,
  }),
  LOG_LEVEL: setting(oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'), {
    example: 'info',
    meaning: '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`.',
  }),
  WORKERS: setting(autoOr(1, 64).default(1), {
    example: 'auto',
    meaning:
      'Processes that serve on the port, `auto`: one for each processor. What the settings say of connections, the queue and ' +
      'rates holds for all of them together; memory grows with each. SIGHUP replaces one after the other ' +
      '([operations](operations.md#every-processor)).',
  }),
  METRICS_PORT: setting(wholeNumber(0, 65_535).optional(), {
    example: '9464',
    meaning: 'Port for Prometheus: `GET /metrics`, without credentials. Keep it inside.',
    default: 'no metrics',
  }),
  METRICS_TENANTS: setting(wholeNumber(0, 100).default(0), {
    example: '10',
    meaning:
      'Tenants whose requests the metrics tell by name: those with most of them in the last minute, from each process ' +
      '([tenants](tenants.md#who-asks-most)).',
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: setting(httpUrl().optional(), {
    example: 'http://collector.example:4318',
    meaning:
      'Collector of OpenTelemetry traces (OTLP over HTTP, JSON): a span for each request, its decision and its ' +
      'statements. `OTEL_TRACES_SAMPLER`, `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_RESOURCE_ATTRIBUTES` and the like count too.',
    default: 'no traces',
  }),
  SHUTDOWN_DELAY: setting(wholeNumber(0, 600).optional(), {
    example: '5',
    meaning:
      'Seconds that a server which is asked to stop goes on serving, not ready any more, so that load balancers notice.',
    default: '`5` in production, else `0`',
  }),
};
