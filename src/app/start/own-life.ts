import type { BeforeApplicationShutdown, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { ensureFirstUser } from './first-user.js';
import type { OpenDatabase } from './open-database.js';
import { Heartbeat } from '../replicas/heartbeat.js';
import type { AppConfig } from '../../config/app-config.js';
import { LifeCycle } from '../../observability/life-cycle.js';

/** Makes the first user, tells that the server is ready, and closes the database, in an application that somebody else creates. */
export class OwnLife implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(
    private readonly ref: ModuleRef,
    private readonly config: AppConfig,
    private readonly database: OpenDatabase,
    private readonly print: (line: string) => void,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await ensureFirstUser(this.config, (part) => this.ref.get(part, { strict: false }), this.print);
    this.lifeCycle.started();
    this.ref.get(Heartbeat, { strict: false }).start();
  }

  beforeApplicationShutdown(): void {
    this.lifeCycle.drain();
  }

  onApplicationShutdown(): Promise<void> {
    return this.database.close();
  }

  private get lifeCycle(): LifeCycle {
    return this.ref.get(LifeCycle, { strict: false });
  }
}
