import { Inject, Injectable } from '@nestjs/common';
import type { HealthIndicator } from 'lanyard-fhir/fhir';
import { Limits } from './limits.js';

@Injectable()
export class LimitTable implements HealthIndicator {
  readonly name = 'limits';

  constructor(@Inject(Limits) private readonly limits: Limits) {}

  async isWell(): Promise<boolean> {
    return (await this.limits.of('Patient/none')) > 0;
  }
}
