import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Health } from './health.js';
import { Public } from '../../auth/public.decorator.js';
import { LifeCycle } from '../../observability/life-cycle.js';

const draining = { status: 'draining' };

/** Probes. They say whether, never why: the log has the reason. */
@Public()
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: Health,
    private readonly lifeCycle: LifeCycle,
  ) {}

  /** The process answers. */
  @Get('live')
  live(@Res() reply: FastifyReply): void {
    void reply.header('cache-control', 'no-store').send({ status: 'ok' });
  }

  /** Database, migrations and keys are there, and the server is not about to stop. */
  @Get('ready')
  async ready(@Res() reply: FastifyReply): Promise<void> {
    const readiness = this.lifeCycle.isDraining ? draining : await this.health.ready();
    const isReady = readiness.status === 'ok' || readiness.status === 'degraded';
    void reply
      .code(isReady ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(readiness);
  }
}
