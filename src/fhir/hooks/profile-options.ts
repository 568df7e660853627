import type { ProfileOptions } from '../../r4/validation/profiles/validate-profiles.js';
import type { FhirOptions } from '../fhir-options.js';

type Settings = Pick<FhirOptions, 'validationProfiles' | 'unknownProfiles' | 'unknownCodes'>;

/** Options of profile validation by the settings VALIDATION_PROFILES, UNKNOWN_PROFILES and UNKNOWN_CODES. */
export const profileOptions = ({
  validationProfiles = {},
  unknownProfiles = 'warning',
  unknownCodes = 'warning',
}: Settings): ProfileOptions => ({
  byType: new Map(Object.entries(validationProfiles)),
  unknownClaims: unknownProfiles,
  unknownCodes,
});
