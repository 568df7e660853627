import type { Json, JsonObject } from '../../r4/json/json.js';
import { denialReasonSystem } from '../../refusal/denial-code-system.js';
import type { AccessExplanation, Explanation } from './explanation.js';
import type { Line, Step } from './step.js';

type Part = JsonObject & { readonly name: string };

const group = (name: string, part: readonly Json[]): Part => ({ name, part: [...part] });
const text = (name: string, valueString: string): Part => ({ name, valueString });

/**
 * The explanation as Parameters: `token` with `verified` and its `claim`s; for each request an `explanation` with `request`,
 * `permitted`, `status` and its `step`s; each step has `check` and `line`s with `outcome`, `text` and, where it refuses,
 * `reason`, `cure` and `scope`.
 */
export function explanationParameters(explanation: AccessExplanation, fhirBase: string): JsonObject {
  const { verified, claims, token, explanations, leftOut } = explanation;
  const system = denialReasonSystem(fhirBase);
  return {
    resourceType: 'Parameters',
    parameter: [
      group('token', [
        { name: 'verified', valueBoolean: verified },
        ...claims.map(({ name, value }) => group('claim', [text('name', name), text('value', value || '(empty)')])),
        stepPart(token, system),
      ]),
      ...explanations.map((one) => explanationPart(one, system)),
      ...(leftOut > 0 ? [{ name: 'entriesLeftOut', valueInteger: leftOut }] : []),
    ],
  };
}

const explanationPart = ({ request, verdict, status, steps }: Explanation, system: string): Part =>
  group('explanation', [
    text('request', request),
    // Absent if it is unknown whether the token counts.
    ...(verdict === 'undecided' ? [] : [{ name: 'permitted', valueBoolean: verdict === 'permitted' }]),
    ...(status === undefined ? [] : [{ name: 'status', valueInteger: status }]),
    ...steps.map((step) => stepPart(step, system)),
  ]);

const stepPart = ({ check, lines }: Step, system: string): Part =>
  group('step', [{ name: 'check', valueCode: check }, ...lines.map((line) => linePart(line, system))]);

const linePart = ({ kind, text: said, refusal }: Line, system: string): Part =>
  group('line', [
    { name: 'outcome', valueCode: kind },
    text('text', said),
    ...(refusal
      ? [
          { name: 'reason', valueCoding: { system, code: refusal.code } },
          text('cure', refusal.cure),
          ...(refusal.scopes ?? []).map((scope) => text('scope', scope)),
        ]
      : []),
  ]);
