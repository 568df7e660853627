/** Bindings (https://hl7.org/fhir/R4/terminologies.html#strength). */
import { isObject } from '../../../json/json.js';
import { foundText } from '../../found-text.js';
import { type Coded, codesOf, type Membership } from '../definitions/code-membership.js';
import type { ElementNode, NodeBinding } from '../model/element-node.js';
import type { Item } from '../model/item.js';
import type { ProfileSeverity } from '../profile-finding.js';
import type { ProfileRun } from '../profile-run.js';

const severities: Readonly<Record<string, ProfileSeverity>> = {
  required: 'error',
  extensible: 'warning',
  preferred: 'information',
};

export function checkBinding(node: ElementNode, binding: NodeBinding, item: Item, run: ProfileRun): void {
  const { strength, valueSet, maxValueSet } = binding;
  const severity = severities[strength];
  const codes = codesOf(item.value, item.type);
  if (codes === undefined || severity === undefined || isWithoutConcept(item)) return;
  // A text stands for what an extensible value set does not have.
  if (codes.length === 0 && strength !== 'required') return;
  const membership = membershipOf(codes, valueSet, run);
  reportIf(membership, { node, valueSet, severity, codes, run }, strength);
  if (maxValueSet === undefined || strength === 'required') return;
  const asked = { node, valueSet: maxValueSet, severity: 'error' as const, codes, run };
  reportIf(membershipOf(codes, maxValueSet, run), asked, 'maximum');
}

/** Extensions in place of a value. */
const isWithoutConcept = ({ value, type }: Item): boolean => {
  if (!isObject(value)) return value === undefined;
  if (type === 'CodeableConcept') return value['coding'] === undefined && value['text'] === undefined;
  return value['code'] === undefined && (type !== 'Coding' || value['system'] === undefined);
};

/** One coding of the value set is enough. */
function membershipOf(codes: readonly Coded[], valueSet: string, run: ProfileRun): Membership {
  let result = codes.length === 0 ? run.codes.ofNoCode(valueSet) : 'no';
  for (const code of codes) {
    const answer = run.codes.has(valueSet, code);
    if (answer === 'yes') return 'yes';
    if (answer !== 'no' && result !== 'unanswered') result = answer;
  }
  return result;
}

interface Outside {
  readonly node: ElementNode;
  readonly valueSet: string;
  readonly severity: ProfileSeverity;
  readonly codes: readonly Coded[];
  readonly run: ProfileRun;
}

function reportIf(membership: Membership, outside: Outside, strength: string): void {
  const { node, valueSet, severity, run } = outside;
  if (membership === 'no') report(outside, strength);
  if (membership === 'unanswered')
    run.reportUnanswered(node, severity, `a code of ${run.codes.nameOf(valueSet)} (${strength} binding)`);
}

function report({ node, valueSet, severity, codes, run }: Outside, strength: string): void {
  const examples = run.codes.examplesOf(valueSet);
  run.report(node, {
    code: 'code-not-in-value-set',
    severity,
    expected: `a code of ${run.codes.nameOf(valueSet)} (${strength} binding)`,
    found: codes.length === 0 ? 'no code' : codes.slice(0, 5).map(codeText).join(', '),
    cure: examples.length > 0 ? `Use a code of it, such as ${examples.join(', ')}.` : 'Use a code of it.',
  });
}

const codeText = ({ system, code }: Coded): string =>
  system === undefined ? foundText(code) : `${foundText(code)} of ${system === '' ? 'no system' : system}`;
