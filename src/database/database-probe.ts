import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Pool, PoolConfig } from 'pg';
import { DataSource } from 'typeorm';
import { probePool } from './probe-pool.js';

/** Looks at the database for readiness probes, over a connection of its own: a busy pool must not look like a dead database. */
@Injectable()
export class DatabaseProbe implements OnApplicationShutdown {
  private pool: Pool | undefined;
  private looking: Promise<'up' | 'behind' | 'down'> | undefined;

  constructor(private readonly dataSource: DataSource) {}

  /** `behind`: it answers, but migrations of this version are missing. Parallel questions share one answer. */
  look(): Promise<'up' | 'behind' | 'down'> {
    return (this.looking ??= this.ask().finally(() => (this.looking = undefined)));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool?.end();
    this.pool = undefined;
  }

  private async ask(): Promise<'up' | 'behind' | 'down'> {
    const names = this.dataSource.migrations.map(({ name, constructor }) => name ?? constructor.name);
    try {
      this.pool ??= probePool(this.dataSource.options.extra as PoolConfig);
      const text = 'SELECT count(*)::integer AS applied FROM migration WHERE name = ANY ($1)';
      const { rows } = await this.pool.query<{ applied: number }>(text, [names]);
      return rows[0]?.applied === names.length ? 'up' : 'behind';
    } catch (error) {
      return (error as { code?: string }).code === undefinedTable ? 'behind' : 'down';
    }
  }
}

const undefinedTable = '42P01';
