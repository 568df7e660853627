import type { AccessExplanation, Explanation, Verdict } from './explanation.js';
import type { Line, LineKind, Step } from './step.js';

const marks: Readonly<Record<LineKind, string>> = { passed: '✔', refused: '✘', skipped: '–', told: '·' };

const titles: Readonly<Record<Step['check'], string>> = {
  token: 'The token',
  request: 'The request',
  scopes: 'Scopes',
  context: 'Who asks',
  policies: 'Policies',
  reach: 'Reach',
  withholding: 'Labels and Consents',
  search: 'The query',
  'stored-data': 'Stored data',
};

/** The explanation for people at a terminal: one line for each finding, the cure below what refuses. */
export function explanationText({ verified, claims, token, explanations, leftOut }: AccessExplanation): string {
  const said = verified ? 'It says (its issuer has vouched for it)' : 'It says (unverified)';
  return [
    ...stepText(token),
    ...(claims.length === 0 ? [] : [`  ${said}:`, ...claims.map(({ name, value }) => `    ${name}: ${value}`)]),
    ...explanations.flatMap((one) => ['', ...explanationLines(one)]),
    ...(leftOut > 0 ? ['', `${leftOut} more entries were left out.`] : []),
    '',
  ].join('\n');
}

const explanationLines = (explanation: Explanation): readonly string[] => [
  `${marks[kinds[explanation.verdict]]} ${explanation.request}: ${verdictOf(explanation)}`,
  ...explanation.steps.flatMap(stepText),
];

const kinds: Readonly<Record<Verdict, LineKind>> = { permitted: 'passed', refused: 'refused', undecided: 'skipped' };

/** The outcome in one sentence. */
export const verdictOf = ({ verdict, status }: Explanation): string =>
  ({
    permitted: 'permitted; stored data decides the rest.',
    refused: `answered ${status}.`,
    undecided: 'not decided; nothing refuses it if the token counts.',
  })[verdict];

const stepText = ({ check, lines }: Step): readonly string[] =>
  lines.length === 0 ? [] : [titles[check], ...lines.flatMap(lineText)];

const lineText = ({ kind, text, refusal }: Line): readonly string[] => [
  `  ${marks[kind]} ${text}${refusal ? ` [${refusal.code}]` : ''}`,
  ...(refusal ? [`    → ${refusal.cure}`] : []),
];
