import { join } from 'node:path';
import type { PoolConfig } from 'pg';
import type { DataSource } from 'typeorm';
import { peopleIn, sessionOf } from './rows-of-tenant.js';
import { authOptions } from '../auth-options.js';
import type { Extension } from '../extensions/extension.js';
import { entities, migrationsWith } from '../start/schema.js';
import { forTenant } from '../tenants/for-tenant.js';
import { registryOf } from '../tenants/open-tenants.js';
import { tenantsThatCannotStart } from '../tenants/settings-of-tenant.js';
import type { LocalIssuer } from '../../auth/accounts/local-issuer.js';
import { toPublicKey } from '../../auth/keys/signing-keys.js';
import { RevocationEntity } from '../../auth/storage/revocation.entity.js';
import { RevocationRepository } from '../../auth/storage/revocation.repository.js';
import { SigningKeyEntity } from '../../auth/storage/signing-key.entity.js';
import { SigningKeyRepository } from '../../auth/storage/signing-key.repository.js';
import type { AppConfig } from '../../config/app-config.js';
import type { StandbySettings } from '../../config/process-settings.js';
import { bindConnections } from '../../database/belt/bind-connections.js';
import { type BeltFacts, examineBelt } from '../../database/belt/examine-belt.js';
import { createDataSource } from '../../database/data-source.js';
import { codeOf, isDatabaseAway } from '../../database/database-away.js';
import { connectionOf, databaseConnection } from '../../database/database-connection.js';
import { examineDistribution } from '../../database/distribution/examine-distribution.js';
import { poolOf } from '../../database/pool-of.js';
import { countEvents } from '../../fhir/storage/outbox/outbox.js';
import { readPackages } from '../../fhir/storage/packages/package-rows.js';
import type { Tenant } from '../../database/tenants/tenant-registry.js';
import { examineDatabase } from '../../database/examine-database.js';
import { examineStandby } from '../../database/standbys/examine-standby.js';
import { addressOf, connectDatabase, databasePlace, reasonOf } from '../../database/open-database.js';
import { readSchemaState } from '../../database/migrations/pending-migrations.js';
import { runningCluster } from '../../database/embedded/running-cluster.js';
import type { DirectDatabase } from '../../doctor/checks/direct.js';
import { examine, type ExaminedDatabase } from '../../doctor/examine.js';
import { type DoctorResult, resultsOf } from '../../doctor/doctor-result.js';
import type { ExaminedStandby } from '../../doctor/checks/standbys.js';
import { phrase, type Phrase, reasonFor, type Value } from '../../doctor/words/say.js';

export interface DoctorOptions {
  readonly base?: string;
  readonly token?: string;
  /** Another tenant than `default`: what is looked at is its own. */
  readonly tenant?: string | undefined;
  /** True if the operator asks, who may know the tenants. */
  readonly isOperators?: boolean;
  /** Their migrations are looked for too. */
  readonly extensions?: readonly Extension[];
}

const found = resultsOf('database');

/** Everything the server of these settings depends on, whether it runs or not. */
export async function runDoctor(
  config: AppConfig,
  { extensions = [], tenant, isOperators = false, ...options }: DoctorOptions = {},
): Promise<readonly DoctorResult[]> {
  const connection = databaseConnection(config) ?? (await runningCluster(join(config.dataDir, 'postgres')));
  if (connection === undefined) {
    const unavailable = found.skipped('reachable', 'database.not-running');
    return examine({ config, auth: authOptions(config), database: { unavailable }, ...options });
  }
  const dataSource = createDataSource(connection, migrationsWith(extensions), entities);
  try {
    const look = async (own: AppConfig, state: Tenant['state'] = 'active'): Promise<readonly DoctorResult[]> => {
      const database = await lookInto(own, dataSource, {
        connection,
        seesTenants: isOperators && tenant === undefined && config.tenants !== 'off',
      });
      return examine({ config: own, auth: authOptions(own), database, isSuspended: state === 'suspended', ...options });
    };
    if (tenant === undefined) return await look(config);
    await connectDatabase(dataSource, connection);
    await bindWhereOn(dataSource);
    return await forTenant({ config, tenant }, dataSource, look);
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}

async function lookInto(
  config: AppConfig,
  dataSource: DataSource,
  { connection, seesTenants }: { readonly connection: string | PoolConfig; readonly seesTenants: boolean },
): Promise<ExaminedDatabase> {
  try {
    if (!dataSource.isInitialized) await dataSource.initialize();
    const belt = await bindWhereOn(dataSource);
    const [facts, schema] = [await examineDatabase(dataSource), await readSchemaState(dataSource)];
    const distribution = await examineDistribution(dataSource, config.process.databaseNodes === 'holders');
    const direct = await lookPast(config.schema.directUrl);
    const hasAccounts = config.embeddedIssuer && schema.pending.length === 0;
    return {
      facts,
      schema,
      belt,
      standbys: await Promise.all(config.process.standbys.map((one) => lookAtStandby(one, dataSource))),
      ...(hasAccounts && { people: await peopleIn(dataSource) }),
      ...(schema.pending.length === 0 ? await lookAtRows(config, dataSource, seesTenants) : noRows),
      ...(direct && { direct }),
      ...(distribution && { distribution }),
      ...(config.embeddedIssuer && { local: ownIssuer(config.issuer, dataSource) }),
    };
  } catch (error) {
    return { unavailable: whyUnavailable(placeOf(connection), error, dataSource.isInitialized) };
  }
}

/** Why nothing can be said about a database. One that answers is not out of reach: a statement failed, for the reason that PostgreSQL gives. */
function whyUnavailable(database: Phrase, error: unknown, isConnected: boolean): DoctorResult {
  if (!isConnected || isDatabaseAway(error))
    return found.failed('reachable', 'database.unreachable', { database, why: connectionReason(error) });
  const why = reasonOf(error);
  if (codeOf(error) === insufficientPrivilege)
    return found.failed('look', 'database.look-forbidden', { database, why });
  return found.failed('look', 'database.look-failed', { database, why });
}

/** SQLSTATE. */
const insufficientPrivilege = '42501';

/** As the server does, so that what is looked at is what it sees. */
async function bindWhereOn(dataSource: DataSource): Promise<BeltFacts> {
  const belt = await examineBelt(dataSource);
  if (belt.state === 'on') bindConnections(poolOf(dataSource));
  return belt;
}

const noRows = { outbox: [], packages: [], tenants: [], cannotStart: [] } as const;

/** Where the schema is that of this release. */
const lookAtRows = async (config: AppConfig, dataSource: DataSource, seesTenants: boolean) => ({
  outbox: await countEvents(sessionOf(dataSource)),
  packages: await readPackages(sessionOf(dataSource)),
  tenants: seesTenants ? await registryOf(dataSource).list() : [],
  cannotStart: seesTenants ? await tenantsThatCannotStart(config, registryOf(dataSource)) : [],
});

async function lookPast(directUrl: string | undefined): Promise<DirectDatabase | undefined> {
  if (directUrl === undefined) return undefined;
  const direct = createDataSource(directUrl, [], [], { poolSize: 1 });
  try {
    await direct.initialize();
    return await examineDatabase(direct);
  } catch (error) {
    return { unreachable: cannotReach(directUrl, error) };
  } finally {
    if (direct.isInitialized) await direct.destroy();
  }
}

async function lookAtStandby({ url, password }: StandbySettings, primary: DataSource): Promise<ExaminedStandby> {
  const name = addressOf(url);
  const standby = createDataSource(connectionOf(url, password), primary.options.migrations as never, [], {
    poolSize: 1,
  });
  try {
    await standby.initialize();
    return { name, facts: await examineStandby(primary, standby) };
  } catch (error) {
    return { name, facts: { unreachable: cannotReach(url, error) } };
  } finally {
    if (standby.isInitialized) await standby.destroy();
  }
}

const cannotReach = (url: string, error: unknown): Phrase =>
  phrase('cannot-reach', { database: placeOf(url), why: connectionReason(error) });

function placeOf(connection: string | PoolConfig): Phrase {
  const place = databasePlace(connection);
  return place === undefined ? phrase('database.unnamed') : phrase('database.at', place);
}

const connectionReason = (error: unknown): Value =>
  reasonFor((error as { readonly code?: string }).code) ?? reasonOf(error);

/** The server's own issuer, as far as tokens are checked: its published keys and what was revoked. */
function ownIssuer(issuer: string, dataSource: DataSource): LocalIssuer {
  const keys = new SigningKeyRepository(dataSource.getRepository(SigningKeyEntity));
  const revocations = new RevocationRepository(dataSource.getRepository(RevocationEntity));
  return {
    issuer,
    publicKeys: async () => (await keys.published()).map(toPublicKey),
    isRevoked: ({ tokenId, sessionId }) =>
      revocations.contains([
        ...(tokenId === undefined ? [] : [{ kind: 'jti' as const, value: tokenId }]),
        ...(sessionId === undefined ? [] : [{ kind: 'sid' as const, value: sessionId }]),
      ]),
    principalOfPassword: () => Promise.reject(new Error('No passwords are looked at')),
  };
}

/** Warns at the start: only where something has to be done, and not of what the start itself has said. */
export async function warnAtStart(
  config: AppConfig,
  warn: (line: string) => void,
  extensions: readonly Extension[] = [],
): Promise<void> {
  const findings = await runDoctor(config, { extensions, isOperators: true });
  for (const { group, check, status, fact, cure = '' } of findings) {
    const isOnOwnMachine = check === 'key-encryption' && config.databaseUrl === undefined;
    if ((status === 'warning' || status === 'failed') && check !== 'unknown' && !isOnOwnMachine)
      warn(`${group}: ${fact} ${cure}`.replace(/\p{C}/gu, '?'));
  }
}
