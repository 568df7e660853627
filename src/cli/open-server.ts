import type { Abstract, Type } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { readEnvironment } from '../config/environment.js';
import type { Setup } from '../app/extensions/read-setup.js';
import type { Variables } from '../config/secrets/secret-files.js';
import { chosenTenant } from './chosen-tenant.js';
import { CommandFailed } from './command-failed.js';
import { remark } from './terminal.js';

/** The application with its database, without HTTP. */
export interface OpenServer {
  readonly config: AppConfig;
  get<T>(part: Type<T> | Abstract<T>): T;
}

/** The settings of the server, from the environment and `.env` as it reads them. */
export const readSettings = (): AppConfig => new AppConfig(variables());

/** The settings with the extensions that they name, for who opens the application or its database. `more`: what an option says. */
export async function openSetup(more: Variables = {}): Promise<Setup> {
  const given = { ...variables(), ...more };
  const name = chosenTenant();
  const tenant = name === undefined ? {} : { tenant: name };
  if (!given['EXTENSIONS']) return { config: new AppConfig(given), extensions: [], ...tenant };
  const { readSetup } = await import('../app/extensions/read-setup.js');
  return { ...(await readSetup(given)), ...tenant };
}

const variables = (): Variables => ({ ...readEnvironment(), LOG_LEVEL: 'error' });

/** Opens what the server of these settings manages itself: users, clients, launches. */
export async function withServer<T>(work: (server: OpenServer) => Promise<T>): Promise<T> {
  const setup = await openSetup();
  if (!setup.config.embeddedIssuer)
    throw new CommandFailed([
      'EMBEDDED_ISSUER: is off, so this server has no users, clients and launches of its own. Manage them at its issuer, or set EMBEDDED_ISSUER=on.',
    ]);
  // Many commands end before the whole server is needed, which takes a second to load.
  const { withApp } = await import('../app/start/offline.js');
  return withApp(setup, remark, (app, config) => work({ config, get: (part) => app.get(part) }));
}
