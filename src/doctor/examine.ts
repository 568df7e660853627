import type { AuthOptions } from '../auth/auth-options.js';
import { signatureAlgorithms } from '../auth/keys/signature-algorithms.js';
import type { LocalIssuer } from '../auth/accounts/local-issuer.js';
import type { AppConfig } from '../config/app-config.js';
import type { BeltFacts } from '../database/belt/examine-belt.js';
import type { DatabaseFacts } from '../database/examine-database.js';
import type { DistributionFacts } from '../database/distribution/examine-distribution.js';
import type { ListedTenant } from '../database/tenants/tenant-registry.js';
import type { SchemaState } from '../database/migrations/pending-migrations.js';
import type { AdministrationFacts } from '../auth/storage/former-administrator.repository.js';
import type { OutboxCount } from '../fhir/storage/outbox/outbox.js';
import { judgeAdministration } from './checks/administration.js';
import { judgeBelt } from './checks/belt.js';
import { examineConsole } from './checks/console.js';
import { judgeDatabase } from './checks/database.js';
import { type DirectDatabase, judgeDirect } from './checks/direct.js';
import { judgeDistribution } from './checks/distribution.js';
import { type ExemptAccount, judgeExempt } from './exempt.js';
import { type DoctorResult, resultsOf } from './doctor-result.js';
import type { InstalledPackage } from '../fhir/storage/packages/package-rows.js';
import { examineGuides } from './checks/guides.js';
import { examineIssuer, type KnownIssuer } from './checks/issuers.js';
import { judgeOutbox } from './checks/outbox.js';
import { examinePublicAddress } from './checks/public-address.js';
import { examineDisk, judgeSettings, judgeTokenSources } from './checks/settings.js';
import { type ExaminedStandby, judgeStandby } from './checks/standbys.js';
import { judgeTenants } from './checks/tenants.js';
import { examineTerminologyServer } from './checks/terminology-servers.js';
import { examineToken } from './checks/token.js';

/** The database as far as it could be reached: what it says of itself, or why it says nothing. */
export type ExaminedDatabase =
  | {
      readonly facts: DatabaseFacts;
      readonly schema: SchemaState;
      readonly belt: BeltFacts;
      readonly local?: LocalIssuer;
      readonly direct?: DirectDatabase;
      /** Absent where there is no Citus. */
      readonly distribution?: DistributionFacts;
      readonly standbys: readonly ExaminedStandby[];
      /** Absent where this server has no accounts, or the schema is behind. */
      readonly people?: PeopleFacts;
      /** For the operator; none where there are no tenants. */
      readonly tenants: readonly ListedTenant[];
      /** Names of those whose own settings keep their servers from starting. */
      readonly cannotStart: readonly string[];
      /** By hook; none where the schema is behind. */
      readonly outbox: readonly OutboxCount[];
      /** None where the schema is behind. */
      readonly packages: readonly InstalledPackage[];
    }
  | { readonly unavailable: DoctorResult };

export interface Examined {
  readonly config: AppConfig;
  readonly auth: AuthOptions;
  readonly database: ExaminedDatabase;
  /** The FHIR base as clients use it, where it is not that of `PUBLIC_URL`. */
  readonly base?: string;
  /** True for a tenant whose addresses its operator has closed. */
  readonly isSuspended?: boolean;
  /** A token to run through every check. */
  readonly token?: string;
}

/** A tenant's accounts, as far as the doctor looks at them. */
export interface PeopleFacts {
  readonly administration: AdministrationFacts;
  readonly exempt: readonly ExemptAccount[];
}

/** The server of one tenant, without what it shares with other tenants. */
export interface ExaminedTenant {
  readonly config: AppConfig;
  readonly auth: AuthOptions;
  /** Absent where this server has no accounts. */
  readonly people?: () => Promise<PeopleFacts>;
  readonly packages: () => Promise<readonly InstalledPackage[]>;
}

type Findings = readonly DoctorResult[];
/** Of a group of findings. */
type Look = readonly [group: string, () => Findings | Promise<Findings>];

/** Longer than any look takes that has time limits of its own. */
const patienceMs = 20_000;

/** Looks at everything this server depends on; reads no patient data and changes nothing. Never rejects. */
export async function examine(examined: Examined): Promise<Findings> {
  const { config, auth, database, token } = examined;
  const { clockSkew } = config;
  const local = 'local' in database ? database.local : undefined;
  return lookedAt([
    ['settings', () => judgeSettings(config)],
    ['settings', () => examineDisk(config)],
    ['database', () => findingsAbout(database, config)],
    ['public address', () => (examined.isSuspended ? [suspended()] : examinePublicAddress(examined))],
    ['implementation guides', () => examineGuides(config, packagesOf(database), examined.base)],
    ['console', () => examineConsole(config, auth)],
    ...issuerLooks(config),
    ...config.terminology.servers.map(
      (one) => [`terminology ${one.url}`, () => examineTerminologyServer(one, clockSkew)] as const,
    ),
    ...(token === undefined ? [] : [['token', () => examineToken({ token, auth, ...(local && { local }) })] as const]),
  ]);
}

/** As {@link examine}, and nothing of the machine, the database and the operator (docs/adr/0194). */
export async function examineTenant({ config, auth, people, packages }: ExaminedTenant): Promise<Findings> {
  const { fhirBase } = config;
  return lookedAt([
    ['settings', () => [judgeTokenSources(config)]],
    ['administration', async () => (people ? judgePeople(await people()) : [])],
    ['public address', () => examinePublicAddress({ config, auth })],
    ['implementation guides', async () => examineGuides({ fhirBase, guides: noGuides }, await packages())],
    ['console', () => examineConsole(config, auth)],
    ...issuerLooks(config),
  ]);
}

/** Guides of settings are of the process. */
const noGuides = { names: [], folder: '', registry: '' };

const judgePeople = ({ administration, exempt }: PeopleFacts): Findings => [
  ...judgeAdministration(administration),
  ...judgeExempt(exempt),
];

const lookedAt = async (looks: readonly Look[]): Promise<Findings> =>
  (await Promise.all(looks.map(([group, look]) => finished(group, look)))).flat();

const issuerLooks = (config: AppConfig): readonly Look[] =>
  knownIssuers(config).map((known) => [`issuer ${known.issuer}`, () => examineIssuer(known, config.clockSkew)]);

const suspended = (): DoctorResult => resultsOf('public address').warning('suspended', 'address.suspended');

const packagesOf = (database: ExaminedDatabase): readonly InstalledPackage[] =>
  'packages' in database ? database.packages : [];

function findingsAbout(
  database: ExaminedDatabase,
  { clockSkew, outboxLimit, tenants }: AppConfig,
): readonly DoctorResult[] {
  if ('unavailable' in database) return [database.unavailable];
  const { facts, schema, direct, distribution, standbys, people, outbox, belt } = database;
  return [
    ...judgeDatabase(facts, schema, clockSkew),
    ...judgeDirect(facts, direct),
    judgeBelt(belt, facts, tenants !== 'off'),
    ...(distribution ? judgeDistribution(distribution) : []),
    ...standbys.flatMap(judgeStandby),
    ...judgeOutbox(outbox, outboxLimit),
    ...judgeTenants(database.tenants, database.cannotStart),
    ...(people ? judgePeople(people) : []),
  ];
}

function knownIssuers({ trustedIssuers, loginProviders }: AppConfig): readonly KnownIssuer[] {
  return [
    ...trustedIssuers.map(({ issuer, jwksUri, algorithms, introspection }) => ({
      setting: 'TRUSTED_ISSUERS' as const,
      issuer,
      algorithms,
      ...(jwksUri !== undefined && { jwksUri }),
      ...(introspection && { introspection: introspection.endpoint ?? 'discovered' }),
    })),
    ...loginProviders
      .filter(({ issuer }) => trustedIssuers.every((trusted) => trusted.issuer !== issuer))
      .map(({ issuer }) => ({ setting: 'LOGIN_PROVIDERS' as const, issuer, algorithms: signatureAlgorithms })),
  ];
}

/** Reports a check that fails or hangs as such; the others go on. */
async function finished(group: Look[0], look: Look[1]): Promise<Findings> {
  const found = resultsOf(group);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Findings>((resolve) => {
    timer = setTimeout(() => resolve([found.skipped('time', 'look.late')]), patienceMs).unref();
  });
  try {
    return await Promise.race([look(), late]);
  } catch {
    return [found.skipped('look', 'look.failed')];
  } finally {
    clearTimeout(timer);
  }
}
