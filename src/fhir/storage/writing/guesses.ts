import { WithoutConsents } from '../consent/without-consents.js';
import { RepeatedTypes } from './repeated-types.js';

/** What statements before have shown, which tells the one that is likely to do. */
export class Guesses {
  readonly consents = new WithoutConsents();
  readonly repeated = new RepeatedTypes();
}
