import { Controller, Get, Header, UseFilters, UseGuards } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Heartbeat } from './heartbeat.js';
import { listReplicas, type Replica } from './list-replicas.js';
import { poolOf } from '../../database/pool-of.js';
import { ServerProcesses } from '../../database/processes/server-processes.js';
import { Administers, AdministratorGuard } from '../../oauth2/clients/admin/administrator.guard.js';
import { OauthJsonErrorFilter } from '../../oauth2/clients/oauth-json-error.filter.js';

/** `/admin/replicas`: the processes that serve from the same database (docs/adr/0138). Tenants do not have this address. */
@Controller('admin/replicas')
@UseGuards(AdministratorGuard)
@UseFilters(OauthJsonErrorFilter)
export class ReplicasController {
  private readonly processes: ServerProcesses;

  constructor(
    dataSource: DataSource,
    private readonly heartbeat: Heartbeat,
  ) {
    this.processes = new ServerProcesses(poolOf(dataSource));
  }

  /** The oldest first, 500 at most. */
  @Get()
  @Administers('Job', 'r')
  @Header('Cache-Control', 'no-store')
  async list(): Promise<{ readonly at: string; readonly replicas: readonly Replica[] }> {
    const [seen, own] = await Promise.all([this.processes.list(), this.heartbeat.look()]);
    return { at: new Date().toISOString(), replicas: listReplicas(seen, own) };
  }
}
