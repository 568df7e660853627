import { join, resolve } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { defaultDataDir } from './data-dir.js';
import { userOf } from './database-url.js';
import { clashes, type DeclaredSettings, namesOf, ownSource, readExtensionSettings } from './extension-settings.js';
import { conflicts } from './checks/conflicts.js';
import { type Organisation, organisationOf } from './organisation/organisation.js';
import { type ProcessSettings, processSettings } from './process-settings.js';
import { productionRefusals } from './checks/production-rules.js';
import { readSecretFiles, type Variables } from './secrets/secret-files.js';
import { type Settings, settingsSchema } from './settings-schema.js';
import type { Insecurity } from './settings/server-settings.js';
import { completeIssuer, type TrustedIssuer } from './foreign/trusted-issuer.js';
import { type ShownSetting, shownSettings } from './shown-settings.js';
import { type UnknownSetting, unknownSettings } from './checks/unknown-settings.js';
import { describeIssue, WrongSettings } from './checks/wrong-settings.js';

/** Every setting of the server, checked. */
export class AppConfig {
  readonly port: number;
  readonly host: string;
  /** URL that clients see, without a trailing slash. */
  readonly publicUrl: string;
  /** PUBLIC_URL as it was set: with `{tenant}` as the first label of its host where `tenants` is `host`. */
  readonly tenantsUrl: string;
  /** Tenants beside `default`; `path`: each below `publicUrl` at `/t/NAME`, `host`: each at a host of its own. */
  readonly tenants: Settings['TENANTS'];
  /** Absent: the embedded PostgreSQL under `dataDir`. */
  readonly databaseUrl: string | undefined;
  /** Migration mode, and the connection for it: past a pooler, or of the owner of the tables, who gives the role of the server its views. */
  readonly schema: {
    readonly migrations: Settings['MIGRATIONS'];
    readonly directUrl: string | undefined;
    readonly owner: { readonly url: string; readonly server: string } | undefined;
  };
  readonly dataDir: string;
  readonly adminUser: string;
  readonly adminPassword: string | undefined;
  readonly login: boolean;
  readonly authBasic: boolean;
  readonly trustedIssuers: readonly TrustedIssuer[];
  readonly embeddedIssuer: boolean;
  readonly loginProviders: Settings['LOGIN_PROVIDERS'];
  readonly registration: Settings['REGISTRATION'];
  readonly console: boolean;
  /** Client of the console at another authorization server. */
  readonly consoleLogin: ReturnType<typeof consoleLoginOf>;
  /** Name, logo and colours of the organisation on the pages. */
  readonly organisation: Organisation;
  /** Seconds. */
  readonly loginTokenTtl: number;
  /** Seconds. */
  readonly loginRefreshTtl: number;
  /** Seconds. */
  readonly accessTokenTtl: number;
  /** Seconds, from the last use on. */
  readonly refreshTokenTtl: number;
  /** Login and consent are decided without a page. */
  readonly interactionAutopilot: boolean;
  /** Hosts inside the network from which clients' keys may be fetched. */
  readonly jwksAllowPrivate: readonly string[];
  /** Seconds. */
  readonly clockSkew: number;
  readonly referentialIntegrity: boolean;
  readonly searchCountDefault: number;
  readonly searchCountMax: number;
  readonly conditionalDelete: { readonly matches: Settings['CONDITIONAL_DELETE']; readonly most: number };
  readonly changesMax: number;
  readonly searchHandling: Settings['SEARCH_HANDLING'];
  readonly searchExplain: Settings['SEARCH_EXPLAIN'];
  /** Events that a hook may have in the outbox. */
  readonly outboxLimit: Settings['OUTBOX_LIMIT'];
  /** Work that goes on after its request was answered. */
  readonly jobs: ReturnType<typeof jobsOf>;
  readonly exports: ReturnType<typeof exportsOf>;
  readonly imports: ReturnType<typeof importsOf>;
  /** `/openapi.json` and its page are there. */
  readonly openApi: Settings['OPENAPI'];
  /** IANA name. */
  readonly timeZone: string;
  readonly searchValues: number;
  readonly chainDepth: number;
  readonly includeMax: number;
  /** Absent: contents of Binaries lie in the database. */
  readonly binaryStore: (Settings['BINARY_STORE'] & { readonly endpoint?: string | undefined }) | undefined;
  /** Bytes. */
  readonly bodyLimit: number;
  /** Bytes. */
  readonly bundleLimit: number;
  /** Bytes. */
  readonly binaryLimit: number;
  readonly bundleEntries: number;
  /** Levels that a JSON body may nest. */
  readonly depthLimit: number;
  /** Values in one resource. */
  readonly valuesLimit: number;
  /** Bytes of one answer. */
  readonly responseLimit: number;
  /** Bytes of all bodies. */
  readonly bodyMemory: number;
  /** Seconds. */
  readonly requestTimeout: number;
  /** Seconds; 0: none. */
  readonly statementTimeout: number;
  readonly process: ProcessSettings;
  /** `none` is no setting: it is for what a command imports. */
  readonly validation: Settings['VALIDATION'] | 'none';
  readonly profiles: {
    readonly byType: Settings['VALIDATION_PROFILES'];
    readonly unknown: Settings['UNKNOWN_PROFILES'];
    readonly unknownCodes: Settings['UNKNOWN_CODES'];
  };
  /** Other terminology servers, and what counts while one does not answer. */
  readonly terminology: {
    readonly servers: Settings['TERMINOLOGY_SERVERS'];
    readonly away: Settings['TERMINOLOGY_AWAY'];
  };
  /** Implementation guides, and the folder of their packages. */
  readonly guides: {
    readonly names: Settings['IMPLEMENTATION_GUIDES'];
    readonly folder: string;
    /** That commands fetch packages from. */
    readonly registry: string;
  };
  /** Limits by security labels and Consents. */
  readonly withholding: { readonly clearance: Settings['CLEARANCE']; readonly consent: Settings['CONSENT'] };
  /** Types that decide who sees what, and that callers who are limited to one record may write all the same. */
  readonly patientWrites: readonly string[];
  /** `retention`: days; 0: for ever. `shapesDays`: days of shapes for trials of policies; 0: none. */
  readonly audit: {
    readonly isOn: boolean;
    readonly form?: 'short' | 'whole' | undefined;
    readonly retention: number;
    readonly shapesDays: number;
  };
  readonly corsOrigins: readonly string[];
  readonly cursorSecret: string | undefined;
  readonly trustedProxies: readonly string[];
  readonly logLevel: Settings['LOG_LEVEL'];
  readonly production: boolean;
  readonly allowInsecure: readonly Insecurity[];
  /** Packages, or folders of them, that are loaded beside the server. */
  readonly extensions: Settings['EXTENSIONS'];
  /** Settings of extensions, by the token of their injection. */
  readonly extensionSettings: ReadonlyMap<symbol, object>;
  readonly unknown: readonly UnknownSetting[];
  /** Every setting as administrators see it, without secrets, but for these changes. */
  readonly shown: (changes?: Variables) => readonly ShownSetting[];
  /** The same settings but for these. Throws as the constructor does. */
  readonly varied: (changes: Variables) => AppConfig;

  /** Throws {@link WrongSettings} with one line for each wrong variable. */
  constructor(variables: Variables, declared: readonly DeclaredSettings[] = []) {
    const [settings, extensionSettings] = check(variables, declared);
    this.databaseUrl = settings.DATABASE_URL;
    [this.port, this.tenants] = [settings.PORT, settings.TENANTS];
    this.host = settings.HOST ?? (this.databaseUrl === undefined ? '127.0.0.1' : '0.0.0.0');
    [this.tenantsUrl, this.publicUrl] = addressesOf(settings);
    this.schema = schemaOf(settings);
    this.dataDir = settings.DATA_DIR === undefined ? defaultDataDir() : resolve(settings.DATA_DIR);
    [this.adminUser, this.adminPassword] = [settings.ADMIN_USER, settings.ADMIN_PASSWORD];
    this.login = settings.EMBEDDED_ISSUER && (settings.LOGIN ?? this.databaseUrl === undefined);
    this.authBasic = settings.EMBEDDED_ISSUER && settings.AUTH_BASIC;
    this.trustedIssuers = settings.TRUSTED_ISSUERS.map((issuer) => completeIssuer(issuer, this.fhirBase));
    this.embeddedIssuer = settings.EMBEDDED_ISSUER;
    [this.loginProviders, this.consoleLogin] = [settings.LOGIN_PROVIDERS, consoleLoginOf(settings)];
    [this.registration, this.console] = [settings.REGISTRATION, settings.CONSOLE];
    [this.organisation, this.loginTokenTtl] = [organisationOf(settings), settings.LOGIN_TOKEN_TTL];
    this.loginRefreshTtl = settings.LOGIN_REFRESH_TTL;
    [this.accessTokenTtl, this.refreshTokenTtl] = [settings.ACCESS_TOKEN_TTL, settings.REFRESH_TOKEN_TTL];
    this.interactionAutopilot = settings.INTERACTION_AUTOPILOT;
    this.jwksAllowPrivate = settings.JWKS_ALLOW_PRIVATE;
    [this.clockSkew, this.referentialIntegrity] = [settings.CLOCK_SKEW, settings.REFERENTIAL_INTEGRITY];
    [this.searchCountDefault, this.searchCountMax] = [settings.SEARCH_COUNT_DEFAULT, settings.SEARCH_COUNT_MAX];
    this.conditionalDelete = { matches: settings.CONDITIONAL_DELETE, most: settings.CONDITIONAL_DELETE_MAX };
    [this.searchHandling, this.searchExplain] = [settings.SEARCH_HANDLING, settings.SEARCH_EXPLAIN];
    [this.searchValues, this.timeZone] = [settings.SEARCH_VALUES, settings.TIME_ZONE];
    [this.chainDepth, this.includeMax] = [settings.CHAIN_DEPTH, settings.INCLUDE_MAX];
    [this.bodyLimit, this.changesMax] = [settings.BODY_LIMIT, settings.OPERATION_CHANGES_MAX];
    [this.binaryLimit, this.binaryStore] = [settings.BINARY_LIMIT, binaryStoreOf(settings)];
    [this.bundleLimit, this.bundleEntries] = [settings.BUNDLE_LIMIT, settings.BUNDLE_ENTRIES];
    [this.depthLimit, this.valuesLimit] = [settings.DEPTH_LIMIT, settings.VALUES_LIMIT];
    [this.responseLimit, this.bodyMemory] = [settings.RESPONSE_LIMIT, settings.BODY_MEMORY ?? defaultBodyMemory()];
    [this.requestTimeout, this.statementTimeout] = [settings.REQUEST_TIMEOUT, settings.STATEMENT_TIMEOUT];
    this.process = processSettings(settings, variables);
    [this.validation, this.patientWrites] = [settings.VALIDATION, settings.PATIENT_WRITES];
    [this.guides, this.profiles] = [guidesOf(settings, this.dataDir), profilesOf(settings)];
    this.withholding = { clearance: settings.CLEARANCE, consent: settings.CONSENT };
    [this.audit, this.terminology] = [auditOf(settings), terminologyOf(settings)];
    [this.corsOrigins, this.openApi] = [settings.CORS_ORIGINS, settings.OPENAPI];
    [this.outboxLimit, this.jobs] = [settings.OUTBOX_LIMIT, jobsOf(settings)];
    [this.exports, this.imports] = [exportsOf(settings), importsOf(settings)];
    [this.cursorSecret, this.trustedProxies] = [settings.CURSOR_SECRET, settings.TRUSTED_PROXIES];
    [this.logLevel, this.production] = [settings.LOG_LEVEL, settings.NODE_ENV === 'production'];
    this.allowInsecure = settings.ALLOW_INSECURE;
    [this.extensions, this.extensionSettings] = [settings.EXTENSIONS, extensionSettings];
    this.unknown = unknownSettings(variables, namesOf(declared));
    this.shown = (changes = {}) => shownSettings({ ...variables, ...changes });
    this.varied = (changes) => new AppConfig({ ...variables, ...changes }, declared);
  }

  /** A line for each variable that looks like a setting and has no effect. */
  get warnings(): readonly string[] {
    return this.unknown.map(({ name, meant }) => `${name} has no effect. Was ${meant} meant?`);
  }

  get fhirBase(): string {
    return `${this.publicUrl}/fhir/r4`;
  }

  /** The `iss` of our own tokens. */
  get issuer(): string {
    return `${this.publicUrl}/oauth2`;
  }
}

/** Undefined: people log in at this server, or not at all. */
const consoleLoginOf = ({
  CONSOLE_CLIENT_ID: clientId,
  CONSOLE_ISSUER: issuer,
  CONSOLE_SCOPES: scopes,
}: Settings): { readonly clientId: string; readonly issuer?: string; readonly scopes?: string } | undefined =>
  clientId === undefined
    ? undefined
    : { clientId, ...(issuer !== undefined && { issuer }), ...(scopes !== undefined && { scopes }) };

/** A body that is worked on takes six times its bytes at most, most of them in the heap of JavaScript. */
const defaultBodyMemory = (): number => Math.floor(getHeapStatistics().heap_size_limit / 6);

const binaryStoreOf = ({ BINARY_STORE: place, BINARY_STORE_ENDPOINT: endpoint }: Settings): AppConfig['binaryStore'] =>
  place && { ...place, endpoint };

const guidesOf = (settings: Settings, dataDir: string): AppConfig['guides'] => ({
  names: settings.IMPLEMENTATION_GUIDES,
  folder: resolve(settings.PACKAGES ?? join(dataDir, 'packages')),
  registry: settings.PACKAGE_REGISTRY,
});

function check(variables: Variables, declared: readonly DeclaredSettings[]): [Settings, ReadonlyMap<symbol, object>] {
  const clashing = clashes(declared);
  const wrong: string[] = clashing.flat();
  // An empty variable is an absent one: that is how compose files and shells leave things out.
  const given = Object.entries(readSecretFiles(variables, wrong)).filter(([, value]) => value !== '');
  const read: Variables = Object.fromEntries(given);
  const sound = declared.filter((_, i) => clashing[i]?.length === 0);
  const { success, data, error } = settingsSchema.safeParse(read);
  const ofExtensions = readExtensionSettings(sound, read, wrong);
  if (!success)
    throw new WrongSettings(...wrong, ...error.issues.map((issue) => describeIssue(issue, read, ownSource)));
  const refusals = [...wrong, ...conflicts(data), ...productionRefusals(data)];
  if (refusals.length > 0) throw new WrongSettings(...refusals);
  return [data, ofExtensions];
}

const jobsOf = (settings: Settings) => ({
  atOnce: settings.JOBS_AT_ONCE,
  perCaller: settings.JOBS_PER_CALLER,
  perServer: settings.JOBS_PER_SERVER,
  keptHours: settings.JOB_RESULTS_KEPT,
});

const exportsOf = (settings: Settings) => ({
  fileSize: settings.EXPORT_FILE_SIZE,
  forUsers: settings.EXPORT_FOR_USERS,
});

const importsOf = (settings: Settings) => ({
  privateHosts: settings.IMPORT_ALLOW_PRIVATE,
  fileLimit: settings.IMPORT_FILE_LIMIT,
  patience: settings.IMPORT_TIMEOUT,
});

const auditOf = (settings: Settings): AppConfig['audit'] => ({
  isOn: settings.AUDIT,
  form: settings.AUDIT_ROWS === 'auto' ? undefined : settings.AUDIT_ROWS,
  retention: settings.AUDIT_RETENTION,
  shapesDays: settings.ACCESS_SHAPES_DAYS,
});

const terminologyOf = (settings: Settings): AppConfig['terminology'] => ({
  servers: settings.TERMINOLOGY_SERVERS,
  away: settings.TERMINOLOGY_AWAY,
});

const profilesOf = (settings: Settings): AppConfig['profiles'] => ({
  byType: settings.VALIDATION_PROFILES,
  unknown: settings.UNKNOWN_PROFILES,
  unknownCodes: settings.UNKNOWN_CODES,
});

function addressesOf({ PUBLIC_URL, PORT }: Settings): readonly [tenantsUrl: string, publicUrl: string] {
  const url = (PUBLIC_URL ?? `http://localhost:${PORT}`).replace(/\/+$/, '');
  return [url, url.replace('{tenant}.', '')];
}

function schemaOf(settings: Settings): AppConfig['schema'] {
  const { MIGRATIONS: migrations, DATABASE_DIRECT_URL: directUrl, MIGRATION_DATABASE_URL: url } = settings;
  const server = userOf(settings.DATABASE_URL);
  return { migrations, directUrl, owner: url === undefined || server === undefined ? undefined : { url, server } };
}
