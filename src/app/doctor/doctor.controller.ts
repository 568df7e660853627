import { Controller, Get, Header, Inject, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { inWordsOf } from './reader-words.js';
import { type DoctorResult, isHealthy } from '../../doctor/doctor-result.js';
import { Administers, AdministratorGuard, type AdminRequest } from '../../oauth2/clients/admin/administrator.guard.js';
import { OauthJsonErrorFilter } from '../../oauth2/clients/oauth-json-error.filter.js';

/** Injection token of the settings that are examined. */
export const EXAMINED_CONFIG = Symbol('EXAMINED_CONFIG');
/** Injection token of a {@link Look}. */
export const LOOK = Symbol('LOOK');

/** Looks at what a server depends on: at `default` as `lanyard doctor` does, at another tenant at what is its own (docs/adr/0194). */
export type Look = () => Promise<readonly DoctorResult[]>;

/** The findings of `lanyard doctor --json`, and the instant of the look. */
export interface Examination {
  readonly healthy: boolean;
  readonly at: string;
  readonly findings: readonly DoctorResult[];
}

/** For so long an examination counts, however many ask. */
const countsMs = 10_000;

/** `lanyard doctor` over HTTP, for who may see the work of the server. */
@Controller('admin/doctor')
@UseGuards(AdministratorGuard)
@UseFilters(OauthJsonErrorFilter)
export class DoctorController {
  private last: { readonly at: number; readonly result: Promise<Examination> } | undefined;

  constructor(@Inject(LOOK) private readonly look: Look) {}

  @Get()
  @Administers('Job', 'r')
  @Header('Cache-Control', 'no-store')
  async examine(@Req() request: AdminRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Examination> {
    if (this.last === undefined || Date.now() - this.last.at > countsMs)
      this.last = { at: Date.now(), result: this.examineNow() };
    return inWordsOf(request, reply, await this.last.result);
  }

  private async examineNow(): Promise<Examination> {
    const findings = await this.look();
    return { healthy: isHealthy(findings), at: new Date().toISOString(), findings };
  }
}
