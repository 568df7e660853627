import { canonicalText } from '../canonical.js';
import type { PublicationStatus } from '../publication-status.js';
import { isTrue, type Part, partsOf } from '../read-resource.js';
import { standardsStatusOf } from '../publication-status.js';
import { nameOf, type ValueSet } from '../value-sets/value-set.js';
import type { CodeIssue } from './code-issues.js';
import type { Question } from './question.js';

/** A definition that an answer rests on, and why it should be used with care. */
export interface Doubtful {
  readonly type: 'CodeSystem' | 'ValueSet';
  readonly name: string;
  readonly status: PublicationStatus;
}

/** Code systems and value sets of an expansion that are drafts, experiments, deprecated or withdrawn. */
export async function doubtfulOf(
  { source, expansion }: Question,
  valueSet: ValueSet,
  systems: readonly string[],
): Promise<readonly Doubtful[]> {
  const named = systems.filter((url) => expansion.named.has(url));
  const found = await source.codeSystems(named.map((url) => canonicalText(url, expansion.named.versionOf(url))));
  const of = (type: Doubtful['type'], name: string, status: PublicationStatus | undefined): readonly Doubtful[] =>
    status === undefined ? [] : [{ type, name, status }];
  return [
    ...found.flatMap((one) =>
      one ? of('CodeSystem', canonicalText(one.url, one.version), one.publicationStatus) : [],
    ),
    ...[valueSet, ...expansion.imported.values()].flatMap((one) => of('ValueSet', nameOf(one), one.publicationStatus)),
  ];
}

const deprecated = 'http://hl7.org/fhir/StructureDefinition/valueset-deprecated';

/** Messages about a value set and its code systems, and about codes that it deprecates. */
export async function remarksOn(
  question: Question,
  valueSet: ValueSet,
  codes: readonly { readonly system?: string | undefined; readonly code: string; readonly place: string }[],
): Promise<readonly { readonly issue: CodeIssue; readonly place: string }[]> {
  const systems = [...new Set(codes.flatMap(({ system }) => system ?? []))];
  const doubtful = await doubtfulOf(question, valueSet, systems);
  const { said } = question.expansion.named;
  return [
    ...doubtful.map((one) => ({ issue: statusIssue(one), place: '' })),
    ...codes
      .filter(({ system, code }) => isDeprecated(said.get(system ?? '')?.get(code)))
      .map(({ system = '', code, place }) => ({ issue: presenceIssue(valueSet, system, code), place })),
  ];
}

const statusIssue = ({ type, name, status }: Doubtful): CodeIssue => ({
  severity: 'information',
  code: 'business-rule',
  kind: 'status-check',
  text: `Reference to ${status} ${type} ${name}`,
});

const presenceIssue = (valueSet: ValueSet, system: string, code: string): CodeIssue => ({
  severity: 'warning',
  code: 'business-rule',
  kind: 'code-comment',
  element: 'code',
  text: `The presence of the concept '${code}' in the system '${system}' in the value set ${nameOf(valueSet)} is marked with a status of deprecated and its use should be reviewed`,
});

/** By http://hl7.org/fhir/StructureDefinition/valueset-deprecated, or its standards status. */
const isDeprecated = (concept: Part | undefined): boolean =>
  concept !== undefined &&
  (standardsStatusOf(concept) === 'deprecated' ||
    partsOf(concept['extension']).some((one) => one['url'] === deprecated && isTrue(one)));
