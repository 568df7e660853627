import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { DataSource } from 'typeorm';
import { Public } from './auth/public.decorator.js';

/** Probes. They say whether, never why: the log has the reason. */
@Public()
@Controller('health')
export class HealthController {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  /** The process answers. */
  @Get('live')
  live(): { readonly status: 'ok' } {
    return { status: 'ok' };
  }

  /** The database answers too. */
  @Get('ready')
  async ready(@Res() reply: FastifyReply): Promise<void> {
    const isUp = await this.dataSource.query('select 1').then(
      () => true,
      () => false,
    );
    void reply.code(isUp ? 200 : 503).send({ status: isUp ? 'ok' : 'unavailable', database: isUp ? 'up' : 'down' });
  }
}
