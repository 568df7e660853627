import { Injectable } from '@nestjs/common';
import { objectsOf } from '../../../r4/json/items.js';
import type { JsonObject } from '../../../r4/json/json.js';
import {
  type AskedCode,
  type CodeIssue,
  isValid,
  judgeInSystem,
  judgeInValueSet,
  type Judgement,
} from '../../../r4/terminology/questions/validate-code.js';
import { displayIn } from '../../../r4/terminology/questions/list-concepts.js';
import type { Question } from '../../../r4/terminology/questions/question.js';
import { canonicalText } from '../../../r4/terminology/canonical.js';
import { ServerUnavailable } from '../../interactions/terminology/servers/terminology-servers.js';
import { nameOf } from '../../../r4/terminology/value-set.js';
import type { Operation, OperationCall, OperationDeclaration } from '../operation.js';
import {
  answering,
  IncompleteQuestion,
  requireCodeSystem,
  requireValueSet,
  TerminologyQuestions,
  txResource,
} from './terminology-questions.js';

const declaration = {
  code: 'validate-code',
  level: ['type', 'instance'],
  types: ['CodeSystem', 'ValueSet'],
  affectsState: false,
  access: [{ permission: 'r' }],
  also: [
    { permission: 'r', type: 'CodeSystem' },
    { permission: 'r', type: 'ValueSet' },
  ],
  parameters: [
    { name: 'url', type: 'uri', documentation: 'Canonical of the value set or the code system.' },
    { name: 'valueSetVersion', type: 'string', documentation: 'Version of the value set.' },
    { name: 'valueSet', type: 'ValueSet', documentation: 'The value set itself.' },
    { name: 'codeSystem', type: 'CodeSystem', documentation: 'The code system itself.' },
    { name: 'code', type: 'code', documentation: 'The code, of `system`.' },
    { name: 'system', type: 'uri', documentation: 'Its code system.' },
    { name: 'systemVersion', type: 'string', documentation: 'Version of that.' },
    { name: 'version', type: 'string', documentation: 'Version of the code system.' },
    { name: 'display', type: 'string', documentation: 'A display that has to be one of the concept.' },
    { name: 'coding', type: 'Coding', token: true, documentation: 'The code, its system and display.' },
    { name: 'codeableConcept', type: 'CodeableConcept', documentation: 'Codes, of which one has to be right.' },
    { name: 'inferSystem', type: 'boolean', documentation: 'A code without system is looked for in the value set.' },
    { name: 'abstract', type: 'boolean', documentation: 'false: a concept that is not for use by itself is none.' },
    { name: 'displayLanguage', type: 'code', documentation: 'Language of the display (BCP 47).' },
    { name: 'lenient-display-validation', type: 'boolean', documentation: 'A display that differs is a warning.' },
    txResource,
  ],
  returns: [
    { name: 'result', type: 'boolean', min: 1, documentation: 'Whether the code is right.' },
    { name: 'code', type: 'code', documentation: 'The code as its code system writes it.' },
    { name: 'system', type: 'uri', documentation: 'Its code system.' },
    { name: 'version', type: 'string', documentation: 'Version of the code system that it was looked for in.' },
    { name: 'display', type: 'string', documentation: 'A display of the concept.' },
    { name: 'inactive', type: 'boolean', documentation: 'It is not for use any more.' },
    { name: 'message', type: 'string', documentation: 'What is wrong, or remarked.' },
    { name: 'issues', type: 'OperationOutcome', documentation: 'The same, one by one.' },
    { name: 'codeableConcept', type: 'CodeableConcept', documentation: 'What was asked about.' },
    {
      name: 'x-caused-by-unknown-system',
      type: 'canonical',
      max: '*',
      documentation: 'Code systems that are not here.',
    },
  ],
  documentation:
    'Whether a code is one of a value set or of a code system, and its display the right one. Stored definitions that the caller may read, those of packages, and those of R4 count.',
} as const satisfies OperationDeclaration;

type Call = OperationCall<typeof declaration>;
type Sent = Call['parameters'];

/** A coding with its place in what was sent. */
interface Placed extends AskedCode {
  readonly place: string;
}

/** https://hl7.org/fhir/R4/valueset-operation-validate-code.html and codesystem-operation-validate-code.html */
@Injectable()
export class ValidateCodeOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(private readonly questions: TerminologyQuestions) {}

  async run({ context, type, id, parameters }: Call): Promise<object> {
    const given = [parameters.valueSet, parameters.codeSystem, ...parameters['tx-resource']];
    const codes = askedCodes(parameters);
    const question = this.questions.open(
      context,
      given,
      codes.map(({ code }) => code),
    );
    return answering(async () => {
      const judged =
        type === 'CodeSystem'
          ? await inSystem(question, codes, { id, parameters })
          : await inValueSet(question, codes, { id, parameters });
      return answerOf(judged, parameters);
    });
  }
}

interface Judged {
  readonly asked: Placed;
  readonly judgement: Judgement;
}

interface Asked {
  readonly id: string | undefined;
  readonly parameters: Sent;
}

async function inSystem(
  question: Question,
  codes: readonly Placed[],
  { id, parameters }: Asked,
): Promise<readonly Judged[]> {
  const { version } = parameters;
  const named = await namedSystem(question, { id, parameters }, codes);
  const judged: Judged[] = [];
  for (const asked of codes) {
    const system = named ?? asked.system;
    if (system === undefined)
      throw new IncompleteQuestion('The call names no code system: send "url", "system" or "coding".');
    const one = { ...asked, system, version: asked.version ?? version };
    const judgement = await orAway(one, () => judgeInSystem(question, one, optionsOf(parameters)));
    judged.push({ asked: one, judgement });
  }
  return judged;
}

/** The code system that the call is on, sends or names; undefined: each code says its own. */
async function namedSystem(
  question: Question,
  { id, parameters }: Asked,
  codes: readonly Placed[],
): Promise<string | undefined> {
  const { url, version, codeSystem: sent } = parameters;
  if (id === undefined && sent === undefined && url === undefined) return undefined;
  const naming = { type: 'CodeSystem', id, sent, url, version } as const;
  const [, { url: found }] = await requireCodeSystem(question, naming, { codes: codes.map(({ code }) => code) });
  return found;
}

async function inValueSet(
  question: Question,
  codes: readonly Placed[],
  { id, parameters }: Asked,
): Promise<readonly Judged[]> {
  const { url, valueSetVersion: version, valueSet: sent } = parameters;
  const [name, valueSet] = await requireValueSet(question, { type: 'ValueSet', id, url, version, sent });
  const title = nameOf(valueSet);
  const judged: Judged[] = [];
  for (const asked of codes) {
    const system = asked.system ?? (await inferred(question, name, asked.code, parameters.inferSystem ?? false));
    if (typeof system !== 'string') {
      judged.push({ asked, judgement: { issues: [system] } });
      continue;
    }
    const one = { ...asked, system };
    const set = { valueSet: name, title };
    const judgement = await orAway(one, () => judgeInValueSet(question, set, one, optionsOf(parameters)));
    judged.push({ asked: one, judgement });
  }
  return judged;
}

/** A judgement, or that nothing can be said while the server that would say it is away, if that may be told. */
async function orAway(
  { system, version }: AskedCode & { readonly system: string },
  judge: () => Promise<Judgement>,
): Promise<Judgement> {
  try {
    return await judge();
  } catch (error) {
    if (!(error instanceof ServerUnavailable && error.mayBeTold)) throw error;
    const text = `The terminology server ${error.server} does not answer, so nothing can be said of codes of ${system}`;
    const issue = { severity: 'error', code: 'not-found', kind: 'not-found', element: 'system', text } as const;
    return { issues: [issue], unknownSystem: canonicalText(system, version) };
  }
}

/** The only system of the value set that has the code. */
async function inferred(
  { source, expansion }: Question,
  name: string,
  code: string,
  mayInfer: boolean,
): Promise<string | CodeIssue> {
  if (!mayInfer) {
    const text =
      'Coding has no system. A code with no system has no defined meaning, and it cannot be validated. A system should be provided';
    return { severity: 'error', code: 'invalid', kind: 'invalid-data', text };
  }
  const codes = await expansion.members(name);
  const found = [...codes.codes].filter(([, known]) => known.has(code)).map(([system]) => system);
  const whole = [...codes.wholeSystems];
  for (const [i, system] of (await source.codeSystems(whole)).entries())
    if (await system?.find(code)) found.push(whole[i]!);
  for (const [system, { concepts, selection }] of codes.selections)
    if ((await concepts.find(code, selection))?.isSelected) found.push(system);
  if (found.length === 1) return found[0]!;
  const why = found.length === 0 ? 'no code system of it has the code' : `it is in ${found.join(', ')}`;
  const text = `The System URI could not be determined for the code '${code}' in the ValueSet '${name}': ${why}`;
  return { severity: 'error', code: 'not-found', kind: 'cannot-infer', element: 'code', text };
}

function askedCodes({ code, system, systemVersion, display, coding, codeableConcept }: Sent): readonly Placed[] {
  if (code !== undefined) return [{ code, system, version: systemVersion, display, place: '' }];
  if (coding) return [placed(coding, 'Coding')];
  const codings = objectsOf(codeableConcept?.['coding']);
  if (codings.length > 0) return codings.map((one, i) => placed(one, `CodeableConcept.coding[${i}]`));
  throw new IncompleteQuestion('The call names no code: send "code" with "system", "coding" or "codeableConcept".');
}

const textIn = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const placed = ({ system, version, code, display }: JsonObject, place: string): Placed => ({
  system: textIn(system),
  version: textIn(version),
  code: textIn(code) ?? '',
  display: textIn(display),
  place,
});

const optionsOf = ({ abstract, displayLanguage, ...rest }: Sent) => ({
  abstract,
  language: displayLanguage,
  lenientDisplay: rest['lenient-display-validation'],
});

/** Of several codings one has to be right; then the others are remarks. */
function answerOf(judged: readonly Judged[], { codeableConcept, displayLanguage }: Sent): object {
  const right = judged.find(({ judgement }) => isValid(judgement));
  const told = right ?? judged.find(({ judgement }) => judgement.member) ?? judged[0]!;
  const issues = judged.flatMap(({ asked, judgement }) => judgement.issues.map((issue) => ({ issue, asked })));
  const messages = issues.filter(({ issue }) => right ?? issue.severity === 'error').map(({ issue }) => issue.text);
  const unknown = judged.flatMap(({ judgement }) => judgement.unknownSystem ?? []);
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'result', valueBoolean: right !== undefined },
      ...codeOf(told, displayLanguage),
      ...(codeableConcept ? [{ name: 'codeableConcept', valueCodeableConcept: codeableConcept }] : []),
      ...(messages.length > 0 ? [{ name: 'message', valueString: messages.join('; ') }] : []),
      ...(issues.length > 0 ? [{ name: 'issues', resource: outcomeOf(issues) }] : []),
      ...unknown.map((valueCanonical) => ({ name: 'x-caused-by-unknown-system', valueCanonical })),
    ],
  };
}

function codeOf({ asked, judgement: { member, version } }: Judged, language: string | undefined): readonly object[] {
  const display = member && displayIn(member, language);
  return [
    { name: 'code', valueCode: member?.code ?? asked.code },
    ...(asked.system === undefined ? [] : [{ name: 'system', valueUri: asked.system }]),
    ...(version === undefined ? [] : [{ name: 'version', valueString: version }]),
    ...(display === undefined ? [] : [{ name: 'display', valueString: display }]),
    ...(member?.isInactive ? [{ name: 'inactive', valueBoolean: true }] : []),
  ];
}

const kinds = 'http://hl7.org/fhir/tools/CodeSystem/tx-issue-type';

const outcomeOf = (issues: readonly { readonly issue: CodeIssue; readonly asked: Placed }[]): object => ({
  resourceType: 'OperationOutcome',
  issue: issues.map(({ issue: { severity, code, kind, text, element }, asked: { place } }) => {
    const expression = [place, element].filter(Boolean).join('.');
    return {
      severity,
      code,
      details: { coding: [{ system: kinds, code: kind }], text },
      ...(expression !== '' && { expression: [expression] }),
    };
  }),
});
