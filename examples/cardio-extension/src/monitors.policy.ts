import { Injectable } from '@nestjs/common';
import { abstain, type AccessDecision, type AccessPolicy, type AccessQuery, constrain } from 'lanyard-fhir/scope';
import { heartRate } from './heart-rate.js';

const heartRates = `Observation?code=http://loinc.org|${heartRate}`;

/** Machines that are called `monitor-…` reach no other Observations than heart rates. */
@Injectable()
export class MonitorsSeeHeartRates implements AccessPolicy {
  readonly name = 'monitors-see-heart-rates';
  readonly expressions = [heartRates];

  decide({ principal, type }: AccessQuery): AccessDecision {
    if (type !== 'Observation' || !principal.clientId?.startsWith('monitor-')) return abstain();
    return constrain(heartRates, 'monitors see heart rates alone');
  }
}
