import { Controller, Get, Header, Inject, Optional, UseFilters, UseGuards } from '@nestjs/common';
import { Metrics } from '../../observability/metrics.js';
import { Administers, AdministratorGuard } from '../../oauth2/clients/admin/administrator.guard.js';
import { OauthJsonErrorFilter } from '../../oauth2/clients/oauth-json-error.filter.js';
import { UnknownAddress } from '../../r4/errors/request-errors.js';

/** Injection token of the {@link Metrics} of the process; undefined where METRICS_PORT is not set. */
export const PROCESS_METRICS = Symbol('PROCESS_METRICS');

/** `/admin/metrics`: what Prometheus reads at METRICS_PORT, for a token (docs/adr/0083). Tenants do not have this address. */
@Controller('admin/metrics')
@UseGuards(AdministratorGuard)
@UseFilters(OauthJsonErrorFilter)
export class MetricsController {
  constructor(@Optional() @Inject(PROCESS_METRICS) private readonly metrics?: Metrics) {}

  /** In the text format of Prometheus, of the process that answers. */
  @Get()
  @Administers('Job', 'r')
  @Header('Cache-Control', 'no-store')
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  read(): Promise<string> {
    if (!this.metrics)
      throw new UnknownAddress(
        'This server counts nothing. Set METRICS_PORT, such as METRICS_PORT=9464, and start it anew.',
      );
    return this.metrics.text();
  }
}
