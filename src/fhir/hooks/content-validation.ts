import { Inject, Injectable } from '@nestjs/common';
import { FhirError, type Issue } from '../../r4/errors/fhir-error.js';
import { FHIR_OPTIONS, type FhirOptions } from '../fhir-options.js';
import { type JsonObject, writeJson } from '../../r4/json/json.js';
import { takeLargeText } from '../../r4/json/large-text.js';
import { isLarge, LargeDocuments } from '../storage/indexing/large-documents.js';
import { Turns } from '../../r4/json/turns.js';
import type { RequestContext } from '../../scope/request-context.js';
import { InstalledProfiles } from './installed-profiles.js';
import { SentPlaces } from './sent-places.js';
import { SuppressedFindings } from './suppressed-findings.js';
import { ProfileValidation } from './profile-validation.js';
import type { Finding } from '../../r4/validation/finding.js';
import type { ProfileRuleFinding } from '../../r4/validation/profiles/profile-finding.js';
import { withServerValues } from '../../r4/validation/server-values.js';
import { validateResource } from '../../r4/validation/validate-resource.js';

type AnyFinding = Finding | ProfileRuleFinding;

/** 422: not valid R4. One issue for each finding, in the order of the document; warnings stay warnings. */
export class InvalidContent extends FhirError {
  readonly status = 422;
  constructor(issues: readonly Issue[]) {
    super(...issues);
  }
}

/** Checks content against R4 at the level of the server's options (https://hl7.org/fhir/R4/validation.html). */
@Injectable()
export class ContentValidation {
  readonly #level: FhirOptions['validation'];
  readonly #turns = new Turns();

  // oxlint-disable-next-line max-params -- Nest injects them
  constructor(
    @Inject(FHIR_OPTIONS) { validation }: FhirOptions,
    private readonly documents: LargeDocuments,
    private readonly installed: InstalledProfiles,
    readonly places: SentPlaces,
    private readonly suppressed: SuppressedFindings,
    private readonly profiles: ProfileValidation = new ProfileValidation(),
  ) {
    this.#level = validation;
  }

  /** The warnings about the content. Throws {@link InvalidContent} when there is an error. */
  async check(resource: JsonObject, context: RequestContext): Promise<readonly Issue[]> {
    // Hints are for those who ask.
    const own = this.suppressed.issues(resource, (await this.own(resource, context)).filter(isRemark));
    const isWrong = own.some(isError);
    if (!isWrong && this.#level === 'none') return [];
    const all = isWrong ? own : [...own, ...(await this.profiles.issues(resource)).filter(isRemark)];
    const issues = await this.places.placed(resource, all);
    if (issues.some(isError)) throw new InvalidContent(issues);
    return issues;
  }

  /** All issues: of R4 itself and of profiles, those that are asked about included. */
  async issues(resource: JsonObject, profiles: readonly string[], context: RequestContext): Promise<readonly Issue[]> {
    const own = this.suppressed.issues(resource, await this.own(resource, context, profiles));
    const all = own.some(isError) ? own : [...own, ...(await this.profiles.issues(resource, profiles))];
    return this.places.placed(resource, all);
  }

  /** Findings of R4 and of the installed profiles; once where both have one. */
  private async own(
    resource: JsonObject,
    context: RequestContext,
    profiles: readonly string[] = [],
  ): Promise<readonly AnyFinding[]> {
    const base = await this.findings(resource);
    const known = new Set(base.map(nameOf));
    const others = await this.installed.findings(resource, context, profiles);
    return [...base, ...others.filter((finding) => !known.has(nameOf(finding)) && !this.isOfOthers(finding))];
  }

  /** Profiles that are not installed are for the validator of the application to know. */
  private isOfOthers({ code }: AnyFinding): boolean {
    return this.profiles.isThere && code === 'unknown-profile';
  }

  async findings(resource: JsonObject, level = this.#level): Promise<readonly Finding[]> {
    // A bundle is checked entry by entry.
    await this.#turns.next();
    const sent = takeLargeText(resource);
    if (!isLarge(resource)) return validateResource(withServerValues(resource), { level });
    const task = { text: sent ?? writeJson(resource), level };
    return (await this.documents.run('validate', task)) as readonly Finding[];
  }
}

const isError = ({ severity }: Issue): boolean => severity === 'error';
const isRemark = ({ severity }: Pick<Issue, 'severity'>): boolean => severity !== 'information';
const nameOf = ({ code, expression }: AnyFinding): string => `${code} ${expression}`;
