import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  Optional,
} from '@nestjs/common';
import { Polled } from '../../../database/polled.js';
import { TenantLimitReached } from '../../../database/tenants/tenant-limit-reached.js';
import type { TenantLimits } from '../../../database/tenants/tenant-limits.js';
import { describeError } from '../../../observability/describe-error.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { SqlSession } from '../session/sql-session.js';
import { addGrowth, type Growth, noGrowth } from './growth.js';
import { addUsage, countOpenJobs, countUsage, exportedBytes, readUsage, type UsageRow } from './usage-statements.js';

/**
 * Takes room for what is about to be committed, in place of what was reserved before. Throws {@link TenantLimitReached}, unless it is stored: that is
 * no more than was reserved for it.
 */
export type Reserve = (growth: Growth, isStored?: boolean) => void;

/**
 * Holds the tenant to the limits of its operator (docs/adr/0079). What this process writes is added up in memory, checked before it
 * is committed, and told to the other servers every two seconds: no write has a statement more. Where there are no tenants it does nothing.
 */
@Injectable()
export class StorageUsage implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(StorageUsage.name);
  private limits: TenantLimits = {};
  /** All servers, as last told; undefined until all rows were counted. */
  private told: Growth | undefined;
  /** Committed here and not told yet. */
  private committed = noGrowth;
  /** About to be committed here. */
  private reserved = noGrowth;
  private counting: Promise<void> | undefined;
  private readonly session: SqlSession | undefined;
  private readonly polled: Polled | undefined;

  constructor(@Optional() session?: SqlSession, @Optional() @Inject(FHIR_OPTIONS) options?: FhirOptions) {
    if (!options?.hasTenants || !session) return;
    this.session = session.unlimited;
    this.polled = new Polled(() => this.look(), {
      failed: (error) => this.logger.debug(`Usage cannot be read: ${describeError(error)}`),
      changes: { poll: session.changes, subjects: ['usage'], isUnsettled: () => this.isUnsettled },
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.polled?.start();
  }

  async onModuleDestroy(): Promise<void> {
    if (!this.session) return;
    await this.polled?.stop();
    await this.counting;
    await this.tell(this.session).catch((error: unknown) =>
      this.logger.warn(`What was stored last is not counted: ${describeError(error)}`),
    );
  }

  private get isLimited(): boolean {
    return this.limits.resources !== undefined || this.limits.bytes !== undefined;
  }

  /** Counts what was committed without a check. */
  add(growth: Growth): void {
    if (this.session) this.committed = addGrowth(this.committed, growth);
  }

  /**
   * Runs work that reserves what it is about to commit, again each time that it is tried; the last reservation counts once the work has
   * succeeded.
   */
  async during<T>(work: (reserve: Reserve) => Promise<T>): Promise<T> {
    if (!this.session) return work(() => undefined);
    let held = noGrowth;
    const hold = (growth: Growth): void => {
      this.reserved = addGrowth(this.reserved, growth, held);
      held = growth;
    };
    try {
      const done = await work((growth, isStored = false) => {
        hold(noGrowth);
        if (!isStored) this.require(growth);
        hold(growth);
      });
      this.add(held);
      return done;
    } finally {
      hold(noGrowth);
    }
  }

  /** Hands the chunks on until there is no room for more. */
  async *within(chunks: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Buffer, undefined> {
    let bytes = 0;
    for await (const chunk of chunks) {
      bytes += chunk.length;
      this.require({ resources: 0, bytes });
      yield chunk;
    }
    return undefined;
  }

  /** Throws {@link TenantLimitReached} where the tenant has as many jobs under way as may be. */
  async requireJob(): Promise<void> {
    const { jobs } = this.limits;
    if (jobs === undefined || !this.session) return;
    const [row] = await this.session.rows<{ open: number }>(countOpenJobs(jobs));
    if ((row?.open ?? 0) >= jobs) throw new TenantLimitReached('jobs', jobs);
  }

  /** Throws {@link TenantLimitReached} where files of exports take as many bytes as may be. */
  async requireExport(): Promise<void> {
    const { exports } = this.limits;
    if (exports !== undefined && (await this.exported()) >= exports) throw new TenantLimitReached('exports', exports);
  }

  /** True where files of exports may not take as many bytes as they like. */
  get limitsExports(): boolean {
    return this.limits.exports !== undefined;
  }

  /**
   * Takes room for bytes of one more file of an export: what it returns throws {@link TenantLimitReached} where there is no more. Files that are
   * written at once do not count each other.
   */
  async roomForExport(): Promise<(bytes: number) => void> {
    const { exports } = this.limits;
    if (exports === undefined) return () => undefined;
    let taken = await this.exported();
    return (bytes) => {
      taken += bytes;
      if (taken > exports) throw new TenantLimitReached('exports', exports);
    };
  }

  private async exported(): Promise<number> {
    const rows = await this.session?.rows<{ bytes: number }>(exportedBytes);
    return rows?.[0]?.bytes ?? 0;
  }

  /** A write that frees room, or takes none of a kind, is always allowed. */
  private require(growth: Growth): void {
    if (!this.told) return;
    const used = addGrowth(addGrowth(this.told, this.committed), this.reserved);
    for (const name of ['resources', 'bytes'] as const) {
      const limit = this.limits[name];
      if (limit !== undefined && growth[name] > 0 && used[name] + growth[name] > limit)
        throw new TenantLimitReached(name, limit);
    }
  }

  /** True while there is something to tell, or rows are to be counted. */
  private get isUnsettled(): boolean {
    const { resources, bytes } = this.committed;
    return resources !== 0 || bytes !== 0 || (this.isLimited && !this.told);
  }

  private async look(): Promise<void> {
    const { session } = this;
    if (!session) return;
    await this.tell(session);
    const [row] = await session.rows<UsageRow>(readUsage);
    if (!row) return;
    this.limits = row.limits;
    this.told = row.isCounted ? { resources: row.resources, bytes: row.bytes } : undefined;
    if (this.isLimited && !row.isCounted) this.counting ??= this.count(session);
  }

  private async tell(session: SqlSession): Promise<void> {
    const { resources, bytes } = this.committed;
    if (resources === 0 && bytes === 0) return;
    await session.count(addUsage(this.committed));
    this.committed = addGrowth(this.committed, noGrowth, { resources, bytes });
    if (this.told) this.told = addGrowth(this.told, { resources, bytes });
  }

  /** Once for a tenant that was there before its use was counted; reads all of its rows. */
  private async count(session: SqlSession): Promise<void> {
    try {
      await session.count(countUsage);
    } catch (error) {
      this.logger.warn(`What is stored cannot be counted: ${describeError(error)}`);
    }
    this.counting = undefined;
  }
}
