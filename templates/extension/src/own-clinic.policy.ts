import { Injectable } from '@nestjs/common';
import {
  abstain,
  type AccessDecision,
  type AccessPolicy,
  type AccessQuery,
  constrain,
  search,
} from 'lanyard-fhir/scope';

/** Whose token has the claim `clinic` sees the encounters of that clinic alone; others are not limited by this. */
@Injectable()
export class OwnClinic implements AccessPolicy {
  readonly name = 'own-clinic';

  decide({ principal, type }: AccessQuery): AccessDecision {
    const clinic = principal.claims['clinic'];
    if (type !== 'Encounter' || typeof clinic !== 'string') return abstain();
    return constrain(search`Encounter?service-provider=Organization/${clinic}`, 'encounters of the own clinic');
  }
}
