import { type DynamicModule, Logger, Module } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { readSetup, type Setup } from './extensions/read-setup.js';
import { openDatabase } from './start/open-database.js';
import { OwnLife } from './start/own-life.js';
import { ServerModule } from './server.module.js';
import { StartRefused } from '../config/checks/start-refused.js';
import { readEnvironment } from '../config/environment.js';
import type { FeatureModule } from '../fhir/feature-module.js';

/** Options of the whole server. */
export interface LanyardOptions {
  /** Settings by the names of docs/settings.md; `process.env` (and `.env` outside production) when absent. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Modules that add to the server. */
  readonly features?: readonly FeatureModule[];
}

/** The whole server, for an application that you create yourself. */
@Module({})
export class LanyardModule {
  /**
   * `NestFactory.create(LanyardModule.forRoot(), lanyardAdapter(), { bodyParser: false })`. It opens the database, brings its schema up
   * to date, makes the first user, and closes the database when the application closes. `PORT`, `HOST`, `METRICS_PORT`, `SHUTDOWN_DELAY`
   * and traces belong to the process: they count with `startLanyard` and `lanyard start`. Throws `StartRefused` for wrong settings and
   * for what a person can put right.
   */
  static forRoot({ environment = readEnvironment(), features = [] }: LanyardOptions = {}): Promise<DynamicModule> {
    const opened = readSetup(environment, features).then(open);
    // Where lanyardAdapter fails in the same call, nobody is left to wait for this.
    opened.catch(() => undefined);
    return opened;
  }
}

async function open(setup: Setup): Promise<DynamicModule> {
  const { config, extensions } = setup;
  if (config.tenants !== 'off')
    throw new StartRefused(
      'TENANTS: needs the whole process: use lanyard start or startLanyard(). Example: TENANTS=off',
    );
  const logger = new Logger('Lanyard');
  const print = (line: string): void => logger.log(line);
  config.warnings.forEach(print);
  const database = await openDatabase(setup, print);
  return {
    module: LanyardModule,
    imports: [
      ServerModule.forRoot({
        config,
        dataSource: database.dataSource,
        extensions,
      }),
    ],
    providers: [
      {
        provide: OwnLife,
        inject: [ModuleRef],
        useFactory: (ref: ModuleRef) => new OwnLife(ref, config, database, print),
      },
    ],
  };
}
