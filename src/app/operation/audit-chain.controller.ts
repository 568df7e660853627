import { Controller, Header, HttpCode, Post, UseFilters, UseGuards } from '@nestjs/common';
import { type ChainReport, verifyChain } from '../../fhir/storage/audit/verify-chain.js';
import { SqlSession } from '../../fhir/storage/session/sql-session.js';
import { Administers, AdministratorGuard } from '../../oauth2/clients/admin/administrator.guard.js';
import { OauthJsonErrorFilter } from '../../oauth2/clients/oauth-json-error.filter.js';

/** Result of a verification, as `lanyard audit verify` prints it. */
export interface VerifiedChain extends Omit<ChainReport, 'end'> {
  readonly at: string;
  /** End of the chain, for `lanyard audit verify --noted`: `position:hash`. */
  readonly end: string;
}

/** `/admin/audit-chain`: whether the AuditEvents are as they were sealed (docs/adr/0083). */
@Controller('admin/audit-chain')
@UseGuards(AdministratorGuard)
@UseFilters(OauthJsonErrorFilter)
export class AuditChainController {
  private looking: Promise<VerifiedChain> | undefined;

  constructor(private readonly session: SqlSession) {}

  /** Reads every AuditEvent, so one look at a time: who asks meanwhile gets its answer. */
  @Post()
  @Administers('Audit', 'r')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  verify(): Promise<VerifiedChain> {
    this.looking ??= this.verifyNow().finally(() => {
      this.looking = undefined;
    });
    return this.looking;
  }

  private async verifyNow(): Promise<VerifiedChain> {
    const at = new Date().toISOString();
    const { end, ...report } = await verifyChain(this.session.unlimited);
    return { at, ...report, end: `${end.position}:${end.hash.toString('hex')}` };
  }
}
