import { Injectable, Logger, Optional } from '@nestjs/common';
import { HealthCheckService, type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { SigningKeys } from '../../auth/keys/signing-keys.js';
import { TrustedIssuers } from '../../auth/issuers/trusted-issuers.js';
import { DatabaseProbe } from '../../database/database-probe.js';
import { SearchDefinitions } from '../../fhir/storage/indexing/search-definitions.js';
import { HealthIndicators } from '../../observability/health-indicators.js';
import { StandbyReads } from '../../fhir/storage/reading/standby-reads.js';

export interface Readiness {
  readonly status: 'ok' | 'degraded' | 'unavailable';
  /** For each part `up`, `degraded` or `down`; `indexed`: how much of what is stored, while `index` is degraded. */
  readonly [part: string]: string;
}

/** The parts that this process needs to serve. */
@Injectable()
export class HealthParts {
  constructor(
    private readonly database: DatabaseProbe,
    private readonly indicators: HealthIndicatorService,
    readonly issuers: TrustedIssuers,
    @Optional() private readonly keys?: SigningKeys,
  ) {}

  readonly storage = async (): Promise<HealthIndicatorResult> => {
    const state = await this.database.look();
    const database = this.indicators.check('database');
    const migrations = this.indicators.check('migrations');
    if (state === 'down') return database.down();
    return { ...database.up(), ...(state === 'behind' ? migrations.down() : migrations.up()) };
  };

  /** Without keys no token can be issued or checked. Cached ones last while the database is away. */
  readonly signing = async (): Promise<HealthIndicatorResult> => {
    const keys = this.indicators.check('keys');
    if (!this.keys) return {};
    return this.keys.current().then(
      () => keys.up(),
      () => keys.down(),
    );
  };

  /** An issuer that is away hurts its own users; leaving the load balancer for it would hurt everybody. */
  readonly foreignIssuers = (): HealthIndicatorResult => {
    const issuers = this.indicators.check('issuers');
    return this.issuers.withoutKeys.length === 0 ? issuers.up() : issuers.degraded();
  };
}

/** The parts without which it serves, though not everything or not as fast. */
@Injectable()
export class ReadingParts {
  constructor(
    private readonly indicators: HealthIndicatorService,
    readonly definitions: SearchDefinitions,
    private readonly reads: StandbyReads,
    private readonly extensions: HealthIndicators,
  ) {}

  /** While stored rows are indexed in the form of this release, what needs that is refused, and the rest goes on. */
  readonly index = (): HealthIndicatorResult => {
    const index = this.indicators.check('index');
    return this.definitions.forms.lacking.length === 0 ? index.up() : index.degraded();
  };

  /** Without them the primary answers. */
  readonly standbys = (): HealthIndicatorResult => {
    if (!this.reads.standbys) return {};
    const standbys = this.indicators.check('standbys');
    return this.reads.standbys.areWell ? standbys.up() : standbys.degraded();
  };

  readonly ofExtensions = async (): Promise<HealthIndicatorResult> => {
    const found = [...(await this.extensions.look())];
    const results = found.map(([name, state]) => {
      const part = this.indicators.check(name);
      return state === 'up' ? part.up() : part.degraded();
    });
    return Object.assign({}, ...results) as HealthIndicatorResult;
  };
}

/** Judges if this process can serve. The log says which part fails, once for each change. */
@Injectable()
export class Health {
  private readonly logger = new Logger(Health.name);
  private told = 'status ok';

  constructor(
    private readonly checks: HealthCheckService,
    private readonly parts: HealthParts,
    private readonly reading: ReadingParts,
  ) {}

  async ready(): Promise<Readiness> {
    const { storage, signing, foreignIssuers } = this.parts;
    const { index, standbys, ofExtensions, definitions } = this.reading;
    const looks = [storage, signing, index, standbys, foreignIssuers, ofExtensions];
    const { status, details } = await this.checks.check(looks).then(
      (found) => ({ status: found.status as 'ok' | 'degraded', details: found.details }),
      (error: { getResponse(): { readonly details: HealthIndicatorResult } }) => ({
        status: 'unavailable' as const,
        details: error.getResponse().details,
      }),
    );
    const parts = Object.fromEntries(Object.entries(details).map(([name, part]) => [name, part.status]));
    const readiness = { status, ...parts };
    this.tell(readiness);
    return parts['index'] === 'degraded' ? { ...readiness, indexed: `${definitions.progress} %` } : readiness;
  }

  private tell(readiness: Readiness): void {
    const troubles = Object.entries(readiness).filter(([, is]) => is !== 'up');
    const state = troubles.map(([part, is]) => `${part} ${is}`).join(', ');
    if (state === this.told) return;
    this.told = state;
    const away = this.parts.issuers.withoutKeys;
    this.logger.warn(`Readiness: ${state}${away.length === 0 ? '' : `; no keys from ${away.join(', ')}`}`);
  }
}
