import { ServerSecret1700000001000 } from './1700000001000-server-secret.js';
import { Tenants1700000048000 } from './1700000048000-tenants.js';
import { TenantLimits1700000056000 } from './1700000056000-tenant-limits.js';
import { ServerProcesses1700000066000 } from './1700000066000-server-processes.js';
import { OwnSettings1700000082000 } from './1700000082000-own-settings.js';

/** Oldest first; a new migration is one line here. */
export const databaseMigrations = [
  ServerSecret1700000001000,
  Tenants1700000048000,
  TenantLimits1700000056000,
  ServerProcesses1700000066000,
  OwnSettings1700000082000,
];
