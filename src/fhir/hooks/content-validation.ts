import { Inject, Injectable } from '@nestjs/common';
import { FhirError, type Issue } from '../../r4/errors/fhir-error.js';
import { FHIR_OPTIONS, type FhirOptions } from '../fhir-options.js';
import { type JsonObject, writeJson } from '../../r4/json/json.js';
import { takeSentText } from '../../r4/json/sent-text.js';
import { isLarge, LargeDocuments } from '../storage/indexing/large-documents.js';
import { Turns } from '../../r4/json/turns.js';
import { ProfileValidation } from './profile-validation.js';
import { type Finding, findingIssue } from '../../r4/validation/finding.js';
import { withServerValues } from '../../r4/validation/server-values.js';
import { hasErrors, validateResource } from '../../r4/validation/validate-resource.js';

/** 422: not valid R4. One issue for each finding, in the order of the document; warnings stay warnings. */
export class InvalidContent extends FhirError {
  readonly status = 422;
  constructor(issues: readonly Issue[]) {
    super(...issues);
  }
}

/** Checks content against R4 at the level of the setting VALIDATION (https://hl7.org/fhir/R4/validation.html). */
@Injectable()
export class ContentValidation {
  readonly #level: FhirOptions['validation'];
  readonly #turns = new Turns();

  constructor(
    @Inject(FHIR_OPTIONS) { validation }: FhirOptions,
    private readonly documents: LargeDocuments,
    private readonly profiles: ProfileValidation = new ProfileValidation(),
  ) {
    this.#level = validation;
  }

  /** The warnings about the content. Throws {@link InvalidContent} when there is an error. */
  async check(resource: JsonObject): Promise<readonly Issue[]> {
    const findings = await this.findings(resource);
    if (hasErrors(findings)) throw new InvalidContent(findings.map(findingIssue));
    if (!this.profiles.isThere) return findings.map(findingIssue);
    const issues = [...findings.map(findingIssue), ...(await this.profiles.issues(resource))];
    if (issues.some(({ severity }) => severity === 'error')) throw new InvalidContent(issues);
    return issues;
  }

  /** All issues, those of profiles included where a part of the application checks them. */
  async issues(resource: JsonObject, profiles: readonly string[]): Promise<readonly Issue[]> {
    const findings = await this.findings(resource);
    const issues = findings.map(findingIssue);
    return hasErrors(findings) ? issues : [...issues, ...(await this.profiles.issues(resource, profiles))];
  }

  /** True if profiles are checked. */
  get knowsProfiles(): boolean {
    return this.profiles.isThere;
  }

  async findings(resource: JsonObject, level = this.#level): Promise<readonly Finding[]> {
    // A bundle is checked entry by entry.
    await this.#turns.next();
    const sent = takeSentText(resource);
    if (!isLarge(resource)) return validateResource(withServerValues(resource), { level });
    const task = { text: sent ?? writeJson(resource), level };
    // The text is copied to the thread at once.
    await this.#turns.next();
    return (await this.documents.run('validate', task)) as readonly Finding[];
  }
}
