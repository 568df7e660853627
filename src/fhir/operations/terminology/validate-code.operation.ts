import { Injectable } from '@nestjs/common';
import { objectsOf } from '../../../r4/json/items.js';
import type { JsonObject } from '../../../r4/json/json.js';
import { type CodeIssue, issueOf } from '../../../r4/terminology/questions/code-issues.js';
import {
  type AskedCode,
  judgeInSystem,
  judgeInValueSet,
  type Judgement,
} from '../../../r4/terminology/questions/validate-code.js';
import { remarksOn } from '../../../r4/terminology/questions/status-remarks.js';
import { type Question, withSupplements } from '../../../r4/terminology/questions/question.js';
import { canonicalText, parseCanonical } from '../../../r4/terminology/canonical.js';
import type { CodeSystem } from '../../../r4/terminology/code-systems/code-system.js';
import { languagesAsked } from '../../../r4/terminology/language.js';
import { matchesVersion } from '../../../r4/terminology/system-versions.js';
import { ServerUnavailable } from '../../terminology-servers/terminology-servers.js';
import { nameOf } from '../../../r4/terminology/value-sets/value-set.js';
import { ResourceRepository } from '../../storage/resource.repository.js';
import { answerOf, type Judged, type Placed } from './judged-answer.js';
import type { Operation, OperationCall, OperationDeclaration } from '../operation.js';
import { contextParameter, valueSetNamed } from './bound-value-set.js';
import {
  answering,
  askedVersions,
  date,
  IncompleteQuestion,
  oneSystem,
  oneText,
  oneVersion,
  requireCodeSystem,
  requireOneOf,
  requireToday,
  requireValueSet,
  systemVersions,
  TerminologyQuestions,
  txResource,
  useSupplement,
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
    { permission: 'r', type: 'StructureDefinition' },
  ],
  parameters: [
    { name: 'url', type: 'uri', documentation: 'Canonical of the value set or the code system.' },
    { name: 'valueSetVersion', type: 'string', documentation: 'Version of the value set.' },
    { name: 'valueSet', type: 'ValueSet', documentation: 'The value set itself.' },
    contextParameter,
    date,
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
    {
      name: 'valueset-membership-only',
      type: 'boolean',
      documentation: 'Only whether the value set has the code: unknown codes and displays are no errors.',
    },
    ...systemVersions,
    useSupplement,
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
    { name: 'status', type: 'code', documentation: 'Its status, where its code system advises against its use.' },
    {
      name: 'x-caused-by-unknown-system',
      type: 'canonical',
      max: '*',
      documentation: 'Code systems that are not here, so that nothing can be said.',
    },
    {
      name: 'x-unknown-system',
      type: 'canonical',
      max: '*',
      documentation: 'Code systems that are not here, and that the value set does not have either.',
    },
  ],
  documentation:
    'Whether a code is one of a value set or of a code system, and its display the right one. Stored definitions that the caller may read, those of packages, and those of R4 count.',
} as const satisfies OperationDeclaration;

type Call = OperationCall<typeof declaration>;
type Sent = Call['parameters'];

/** https://hl7.org/fhir/R4/valueset-operation-validate-code.html and codesystem-operation-validate-code.html */
@Injectable()
export class ValidateCodeOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(
    private readonly questions: TerminologyQuestions,
    private readonly resources: ResourceRepository,
  ) {}

  async run({ context, type, id, parameters, languages }: Call): Promise<object> {
    requireToday(parameters.date);
    const given = [parameters.valueSet, parameters.codeSystem, ...parameters['tx-resource']];
    const codes = askedCodes(parameters);
    const question = this.questions.open(context, given, {
      codes: codes.map(({ code }) => code),
      versions: askedVersions(parameters),
    });
    const asked = { id, parameters, languages: languagesAsked(parameters.displayLanguage, languages) };
    if (type === 'CodeSystem' && parameters.context !== undefined)
      throw new IncompleteQuestion('"context" leads to a value set: ask ValueSet/$validate-code.', 'value');
    if (type === 'CodeSystem') return answering(() => inSystem(question, codes, asked));
    const url = await valueSetNamed({ context, resources: this.resources, isByAddress: id !== undefined }, parameters);
    return answering(() => inValueSet(question, codes, { ...asked, url }));
  }
}

interface Asked {
  readonly id: string | undefined;
  readonly parameters: Sent;
  readonly languages: string | undefined;
}

async function inSystem(plain: Question, codes: readonly Placed[], asked: Asked): Promise<object> {
  const { parameters, languages: language } = asked;
  const question = await withSupplements(plain, parameters.useSupplement);
  const named = await namedSystem(question, asked, codes);
  const judged: Judged[] = [];
  for (const code of codes) {
    const system = code.system ?? named?.url;
    if (system === undefined)
      throw new IncompleteQuestion('The call names no code system: send "url", "system" or "coding".');
    const one = { ...code, system, version: code.version ?? named?.version ?? parameters.version };
    const other = named && otherThan(named, { ...code, system }, codes);
    const judgement = other
      ? { issues: [other], isIn: false }
      : await orAway(one, () => judgeInSystem(question, one, optionsOf(parameters, language), named?.only));
    judged.push({ asked: one, judgement });
  }
  return answerOf(judged, { codeableConcept: parameters.codeableConcept, language });
}

/** The code system that a call is about. */
interface NamedSystem {
  readonly url: string;
  /** Undefined: a coding may say it. */
  readonly version: string | undefined;
  /** The very definition, which the call is on or sends. */
  readonly only: CodeSystem | undefined;
}

/** Undefined: each code says its own. */
async function namedSystem(
  question: Question,
  { id, parameters }: Asked,
  codes: readonly Placed[],
): Promise<NamedSystem | undefined> {
  const { url, version, codeSystem: sent } = parameters;
  if (id === undefined && sent === undefined && url === undefined) return undefined;
  const naming = { type: 'CodeSystem', id, sent, url, version } as const;
  const [, found] = await requireCodeSystem(question, naming, { codes: codes.map(({ code }) => code) });
  if (id === undefined && sent === undefined)
    return { url: found.url, version: version ?? parseCanonical(url!).version, only: undefined };
  return { url: found.url, version: found.version, only: found };
}

/** A coding has to be of the code system of the call; of several codings, one (https://hl7.org/fhir/R4/codesystem-operation-validate-code.html). */
function otherThan(
  { url, version }: NamedSystem,
  asked: AskedCode,
  codes: readonly AskedCode[],
): CodeIssue | undefined {
  const isOther = asked.system !== url;
  const isOtherVersion =
    asked.version !== undefined && version !== undefined && !matchesVersion(version, asked.version);
  if (!isOther && !isOtherVersion) return undefined;
  const isOneOfSeveral = isOther && codes.some(({ system = url }) => system === url);
  return issueOf.otherSystem(asked, { system: url, version: isOther ? undefined : version }, isOneOfSeveral);
}

async function inValueSet(
  plain: Question,
  codes: readonly Placed[],
  { id, parameters, languages, url }: Asked & { readonly url: string | undefined },
): Promise<object> {
  const { valueSetVersion: version, valueSet: sent, codeableConcept } = parameters;
  const [name, valueSet] = await requireValueSet(plain, { type: 'ValueSet', id, url, version, sent });
  const question = await withSupplements(plain, [...valueSet.supplements, ...parameters.useSupplement]);
  const language = languages ?? valueSet.language;
  const title = nameOf(valueSet);
  const judged: Judged[] = [];
  for (const asked of codes) {
    const mayInfer = parameters.inferSystem ?? false;
    const system = asked.system ?? (await inferred(question, { name, title, code: asked.code, mayInfer }));
    if (typeof system !== 'string') {
      const issues = [system, issueOf.notInValueSet(title, asked)];
      judged.push({ asked, judgement: { issues, isIn: false } });
      continue;
    }
    const one = { ...asked, system };
    const set = { valueSet: name, title };
    const judgement = await orAway(one, () => judgeInValueSet(question, set, one, optionsOf(parameters, language)));
    judged.push({ asked: one, judgement });
  }
  const isMembershipOnly = parameters['valueset-membership-only'];
  const remarks = await remarksOn(question, valueSet, codes);
  return answerOf(judged, { codeableConcept, language, title, isMembershipOnly, remarks });
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
    return { issues: [issue], isIn: false, unknownSystem: canonicalText(system, version) };
  }
}

interface ToInfer {
  readonly name: string;
  readonly title: string;
  readonly code: string;
  readonly mayInfer: boolean;
}

/** The only system of the value set that has the code. */
async function inferred(
  { source, expansion }: Question,
  { name, title, code, mayInfer }: ToInfer,
): Promise<string | CodeIssue> {
  if (!mayInfer) return issueOf.noSystem;
  const codes = await expansion.members(name);
  const found = [...codes.codes].filter(([, known]) => known.has(code)).map(([system]) => system);
  const whole = [...codes.wholeSystems];
  for (const [i, system] of (await source.codeSystems(whole)).entries())
    if (await system?.find(code)) found.push(whole[i]!);
  for (const [system, { concepts, selection }] of codes.selections)
    if ((await concepts.find(code, selection))?.isSelected) found.push(system);
  if (found.length === 1) return found[0]!;
  const why =
    found.length === 0
      ? 'no code system of it has the code'
      : `value set expansion has multiple matches: [${found.join(', ')}]`;
  return issueOf.notInferred(code, title, why);
}

function askedCodes(sent: Sent): readonly Placed[] {
  const { code, system, systemVersion, display, coding, codeableConcept } = sent;
  requireOneOf(sent, 'code', 'coding', 'codeableConcept');
  if (code !== undefined) return [{ code, system, version: systemVersion, display, place: '' }];
  if (coding) {
    const one = placed(coding, 'Coding');
    const places = { system: oneSystem(one.system, system), version: oneVersion(one.version, systemVersion) };
    return [{ ...one, ...places, display: oneText('displays', one.display, display) }];
  }
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

const optionsOf = (sent: Sent, language: string | undefined) => ({
  abstract: sent.abstract,
  language,
  lenientDisplay: sent['lenient-display-validation'],
});
