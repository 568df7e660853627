import { Inject, Injectable } from '@nestjs/common';
import type { JsonObject } from '../../r4/json/json.js';
import type { ProfileRuleFinding } from '../../r4/validation/profiles/profile-finding.js';
import { ProfileRules } from '../../r4/validation/profiles/validate-profiles.js';
import { FHIR_OPTIONS, type FhirOptions } from '../fhir-options.js';
import { InstalledPackages } from '../storage/packages/installed-packages.js';
import { profileOptions } from './profile-options.js';

/** Content against the profiles that it claims, that the server requires and that a caller asks about, as far as packages have them. */
@Injectable()
export class InstalledProfiles {
  readonly #rules: ProfileRules;
  readonly #options: Pick<FhirOptions, 'validation' | 'validationProfiles' | 'unknownProfiles' | 'unknownCodes'>;

  constructor(@Inject(FHIR_OPTIONS) options: FhirOptions, installed: InstalledPackages) {
    this.#options = options;
    this.#rules = new ProfileRules(installed);
  }

  /** At other levels than `strict` no finding is an error but of profiles that were asked about. */
  async findings(resource: JsonObject, asked: readonly string[] = []): Promise<readonly ProfileRuleFinding[]> {
    const { validation } = this.#options;
    if (validation === 'none' && asked.length === 0) return [];
    const findings = await this.#rules.validate(resource, { ...profileOptions(this.#options), profiles: asked });
    const isRelaxed = validation !== 'strict' && asked.length === 0;
    return isRelaxed ? findings.map(relaxed) : findings;
  }
}

const relaxed = (finding: ProfileRuleFinding): ProfileRuleFinding =>
  finding.severity === 'error' ? { ...finding, severity: 'warning' } : finding;
