import { Inject, Injectable } from '@nestjs/common';
import type { Issue } from '../../r4/errors/fhir-error.js';
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

  /** One issue for each finding; at other levels than `strict` none is an error but for profiles that were asked about. */
  async issues(resource: JsonObject, asked: readonly string[] = []): Promise<readonly Issue[]> {
    const { validation } = this.#options;
    if (validation === 'none' && asked.length === 0) return [];
    const findings = await this.#rules.validate(resource, { ...profileOptions(this.#options), profiles: asked });
    const isRelaxed = validation !== 'strict' && asked.length === 0;
    return findings.map((finding) => issueOf(finding, isRelaxed));
  }
}

const issueOf = (finding: ProfileRuleFinding, isRelaxed: boolean): Issue => ({
  severity: isRelaxed && finding.severity === 'error' ? 'warning' : finding.severity,
  code: finding.issue,
  details: { coding: [{ code: finding.code }], text: finding.text },
  diagnostics: `Expected ${finding.expected}; found ${finding.found}. ${finding.cure} Asked by ${finding.asked}.`,
  expression: [finding.expression],
});
