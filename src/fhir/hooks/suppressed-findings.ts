import { Injectable } from '@nestjs/common';
import type { Issue } from '../../r4/errors/fhir-error.js';
import { textOf } from '../../r4/json/items.js';
import type { JsonObject } from '../../r4/json/json.js';
import { type Finding, findingIssue } from '../../r4/validation/finding.js';
import { type ProfileRuleFinding, profileFindingIssue } from '../../r4/validation/profiles/profile-finding.js';
import { suppressedIssue } from '../../r4/validation/suppression/suppression-rule.js';
import { SuppressionRules } from '../storage/suppressions/suppression-rules.js';

/** Makes issues of findings, as far as suppression rules let them be more than information (docs/adr/0113). */
@Injectable()
export class SuppressedFindings {
  constructor(private readonly rules: SuppressionRules) {}

  issues(resource: JsonObject, findings: readonly (Finding | ProfileRuleFinding)[]): readonly Issue[] {
    const rules = findings.length === 0 ? undefined : this.rules.current;
    if (!rules) return findings.map(issueOf);
    const [type, now] = [textOf(resource['resourceType']), Date.now()];
    return findings.map((finding) => {
      const rule = finding.severity === 'information' ? undefined : rules.ruleFor(finding, type, now);
      return rule ? suppressedIssue(issueOf(finding), rule) : issueOf(finding);
    });
  }
}

const issueOf = (finding: Finding | ProfileRuleFinding): Issue =>
  'asked' in finding ? profileFindingIssue(finding) : findingIssue(finding);
