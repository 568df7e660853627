import { WithoutConsents } from '../consent/without-consents.js';
import { RepeatedTypes } from './repeated-types.js';

/** Results of earlier statements. They say which statement costs least; no answer depends on them. */
export class Guesses {
  readonly consents = new WithoutConsents();
  readonly repeated = new RepeatedTypes();
}
