import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { LoadMeter } from './load-meter.js';
import { Health } from '../http/health.js';
import { serverVersion } from '../../config/server-version.js';
import { everyHour, type Recurring } from '../../database/every-hour.js';
import { newestMigration } from '../../database/migrations/pending-migrations.js';
import { poolOf } from '../../database/pool-of.js';
import { type ProcessLoad, type ProcessSign, ServerProcesses } from '../../database/processes/server-processes.js';
import { LifeCycle } from '../../observability/life-cycle.js';

/** Milliseconds between two signs of life. */
export const beatEvery = 10_000;

/** Tells the other processes on the database that this one lives, and how it is (docs/adr/0138). */
@Injectable()
export class Heartbeat implements BeforeApplicationShutdown {
  readonly id = randomUUID();
  private readonly logger = new Logger('Replicas');
  private readonly processes: ServerProcesses;
  private meter: LoadMeter | undefined;
  private load: ProcessLoad | undefined;
  private timer: NodeJS.Timeout | undefined;
  private forgetting: Recurring | undefined;
  private beating: Promise<void> | undefined;
  private isFailing = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly health: Health,
    private readonly lifeCycle: LifeCycle,
  ) {
    this.processes = new ServerProcesses(poolOf(dataSource));
  }

  /** Begins, once the process serves; commands that open the application beside a server do not. Waits for nothing. */
  start(): void {
    if (this.timer) return;
    this.meter = new LoadMeter(poolOf(this.dataSource));
    this.timer = setInterval(() => this.beat(), beatEvery).unref();
    this.forgetting = everyHour(() => this.processes.forget());
    this.beat();
  }

  /** This process, as it would tell of itself now; undefined where it does not serve. */
  async look(): Promise<ProcessSign | undefined> {
    if (!this.meter) return undefined;
    return {
      id: this.id,
      host: hostname(),
      pid: process.pid,
      version: serverVersion,
      migration: newestMigration(this.dataSource),
      state: this.lifeCycle.isDraining ? 'draining' : (await this.health.ready()).status,
      load: (this.load ??= this.meter.read()),
      uptime: process.uptime(),
    };
  }

  async beforeApplicationShutdown(): Promise<void> {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.forgetting?.stop();
    this.meter?.stop();
    await this.beating;
    // Without its row removed, others take it for lost for an hour.
    await this.processes.remove(this.id).catch(() => undefined);
  }

  private beat(): void {
    this.beating ??= this.tell()
      .then(
        () => (this.isFailing = false),
        (error: unknown) => this.warn(error),
      )
      .then(() => (this.beating = undefined));
  }

  private async tell(): Promise<void> {
    this.load = this.meter?.read();
    const sign = await this.look();
    if (sign) await this.processes.tell(sign);
  }

  private warn(error: unknown): void {
    if (!this.isFailing)
      this.logger.warn(`Other replicas cannot be told that this one lives: ${(error as Error).message}`);
    this.isFailing = true;
  }
}
