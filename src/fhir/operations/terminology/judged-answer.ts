import type { JsonObject } from '../../../r4/json/json.js';
import { type CodeIssue, issueOf } from '../../../r4/terminology/questions/code-issues.js';
import { displayIn, type Member } from '../../../r4/terminology/questions/member.js';
import { type AskedCode, isValid, type Judgement } from '../../../r4/terminology/questions/validate-code.js';

/** A coding with its place in what was sent. */
export interface Placed extends AskedCode {
  readonly place: string;
}

export interface Judged {
  readonly asked: Placed;
  readonly judgement: Judgement;
}

/** Parameters of the question beside the codes. */
export interface AnswerOptions {
  readonly codeableConcept: JsonObject | undefined;
  readonly language: string | undefined;
  /** Name of the value set; undefined: the codes are judged by their code systems. */
  readonly title?: string;
  readonly isMembershipOnly?: boolean | undefined;
  /** On the value set and its code systems. */
  readonly remarks?: readonly PlacedIssue[];
}

interface PlacedIssue {
  readonly issue: CodeIssue;
  readonly place: string;
}

/** Answer of `$validate-code`. Of several codings one has to be in the value set, and none may be wrong in itself. */
export function answerOf(judged: readonly Judged[], options: AnswerOptions): object {
  const { codeableConcept, language } = options;
  const said = issuesOf(judged, options);
  const issues = [...said, ...(options.remarks ?? [])];
  const result = issues.every(({ issue }) => issue.severity !== 'error');
  const told = toldOf(judged, options);
  const messages = said.filter(({ issue }) => isInMessage(issue)).map(({ issue }) => issue.text);
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'result', valueBoolean: result },
      ...(told ? codeOf(told, language) : []),
      ...(codeableConcept ? [{ name: 'codeableConcept', valueCodeableConcept: codeableConcept }] : []),
      ...(messages.length > 0 ? [{ name: 'message', valueString: messages.toSorted().join('; ') }] : []),
      ...(issues.length > 0 ? [{ name: 'issues', resource: outcomeOf(issues) }] : []),
      ...judged.flatMap(({ judgement }) => unknownOf(judgement)),
    ],
  };
}

/** Kinds that are about the value set alone. */
const ofMembership: ReadonlySet<string> = new Set(['not-in-vs', 'this-code-not-in-vs']);

function issuesOf(judged: readonly Judged[], options: AnswerOptions): readonly PlacedIssue[] {
  const { codeableConcept, title, isMembershipOnly } = options;
  const isSome = codeableConcept && title !== undefined && judged.some(isRight);
  const placed = judged.flatMap(({ asked: { place }, judgement }) =>
    (isSome ? besideOneThatIs(judgement) : judgement.issues)
      .filter(({ kind }) => !isMembershipOnly || ofMembership.has(kind))
      .map((issue) => ({ issue: codeableConcept ? ofOneCoding(issue) : issue, place })),
  );
  const isNone = codeableConcept && title !== undefined && judged.every(isOut);
  return [...(isNone ? [{ issue: issueOf.noCoding(title), place: '' }] : []), ...placed];
}

const isRight = ({ judgement }: Judged): boolean => judgement.isIn && isValid(judgement);

/** That nothing is known of its code system says nothing against a coding beside one that is in the value set. */
const besideOneThatIs = ({ issues, unknownSystem }: Judgement): readonly CodeIssue[] =>
  unknownSystem === undefined ? issues : issues.map((issue) => ({ ...issue, severity: lessThanError(issue) }));

const lessThanError = ({ severity }: CodeIssue): CodeIssue['severity'] => (severity === 'error' ? 'warning' : severity);

const isOut = ({ judgement }: Judged): boolean => judgement.issues.some(({ kind }) => kind === 'not-in-vs');

/** That one coding is not in the value set is no error by itself. */
const ofOneCoding = (issue: CodeIssue): CodeIssue =>
  issue.kind === 'not-in-vs' ? { ...issue, severity: 'information', kind: 'this-code-not-in-vs' } : issue;

/** The coding that the answer tells of. */
function toldOf(judged: readonly Judged[], { codeableConcept, title }: AnswerOptions): Judged | undefined {
  const right = judged.find(isRight) ?? judged.find(({ judgement }) => judgement.isIn);
  if (right || codeableConcept === undefined || title === undefined) return right ?? judged[0];
  return undefined;
}

const isInMessage = ({ severity, kind }: CodeIssue): boolean =>
  severity === 'error' || (severity === 'warning' && toldAsWarning.has(kind));

const toldAsWarning: ReadonlySet<string> = new Set(['code-comment', 'invalid-data', 'invalid-display']);

function codeOf({ asked, judgement: { member, version } }: Judged, language: string | undefined): readonly object[] {
  const display = member && displayIn(member, language);
  const code = member?.code ?? asked.code;
  return [
    // A coding may have none, and there is no empty value.
    ...(code === '' ? [] : [{ name: 'code', valueCode: code }]),
    ...(asked.system === undefined ? [] : [{ name: 'system', valueUri: asked.system }]),
    ...(version === undefined ? [] : [{ name: 'version', valueString: version }]),
    ...(display === undefined ? [] : [{ name: 'display', valueString: display }]),
    ...(member ? statusOf(member) : []),
  ];
}

const statusOf = ({ isInactive, status }: Member): readonly object[] => [
  ...(isInactive ? [{ name: 'inactive', valueBoolean: true }] : []),
  ...(status === 'deprecated' ? [{ name: 'status', valueCode: status }] : []),
];

function unknownOf({ unknownSystem, isElsewhere }: Judgement): readonly object[] {
  if (unknownSystem === undefined) return [];
  return [{ name: isElsewhere ? 'x-unknown-system' : 'x-caused-by-unknown-system', valueCanonical: unknownSystem }];
}

const kinds = 'http://hl7.org/fhir/tools/CodeSystem/tx-issue-type';

const outcomeOf = (issues: readonly PlacedIssue[]): object => ({
  resourceType: 'OperationOutcome',
  issue: issues.map(({ issue: { severity, code, kind, text, element }, place }) => {
    const expression = element === 'Coding' ? place : [place, element].filter(Boolean).join('.');
    return {
      severity,
      code,
      details: { coding: [{ system: kinds, code: kind }], text },
      ...(expression !== '' && element !== undefined && { expression: [expression] }),
    };
  }),
});
