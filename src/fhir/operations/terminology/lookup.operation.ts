import { Injectable } from '@nestjs/common';
import { FhirError } from '../../../r4/errors/fhir-error.js';
import { CannotExpand } from '../../../r4/terminology/cannot-expand.js';
import type { CodeSystem } from '../../../r4/terminology/code-systems/code-system.js';
import type { Concept } from '../../../r4/terminology/code-systems/concept.js';
import type { ToldConcept } from '../../../r4/terminology/code-systems/stored-concepts.js';
import { requireSupplementsOf } from '../../../r4/terminology/code-systems/supplements.js';
import { withSupplements } from '../../../r4/terminology/questions/question.js';
import { isKindOf, languagesAsked } from '../../../r4/terminology/language.js';
import { displayIn } from '../../../r4/terminology/questions/member.js';
import type { Operation, OperationCall, OperationDeclaration } from '../operation.js';
import {
  answering,
  date,
  IncompleteQuestion,
  oneSystem,
  oneVersion,
  requireCodeSystem,
  requireOneOf,
  requireToday,
  TerminologyQuestions,
  txResource,
  useSupplement,
} from './terminology-questions.js';

/** 404: the code system has no such code. */
export class UnknownCode extends FhirError {
  readonly status = 404;
  constructor(code: string, { url, version, content }: CodeSystem) {
    const part =
      content === 'complete' ? '' : ` Its content is "${content}" here, so that the code may be one elsewhere.`;
    super({
      code: 'not-found',
      diagnostics: `The CodeSystem ${url}${version === undefined ? '' : `|${version}`} has no code "${code}".${part}`,
    });
  }
}

const declaration = {
  code: 'lookup',
  level: ['type'],
  types: ['CodeSystem'],
  affectsState: false,
  access: [{ permission: 'r', type: 'CodeSystem' }],
  parameters: [
    { name: 'code', type: 'code', documentation: 'The code, of `system`.' },
    { name: 'system', type: 'uri', documentation: 'Its code system.' },
    { name: 'version', type: 'string', documentation: 'Version of that.' },
    { name: 'coding', type: 'Coding', token: true, documentation: 'Both in one.' },
    { name: 'displayLanguage', type: 'code', documentation: 'Language of the display (BCP 47).' },
    date,
    {
      name: 'property',
      type: 'code',
      max: '*',
      documentation: 'Properties to tell; all, if none is named. `lang.de`: designations in a language.',
    },
    useSupplement,
    txResource,
  ],
  returns: [
    { name: 'name', type: 'string', min: 1, documentation: 'Name of the code system.' },
    { name: 'version', type: 'string', documentation: 'Its version.' },
    { name: 'display', type: 'string', min: 1, documentation: 'Display of the concept.' },
    { name: 'abstract', type: 'boolean', documentation: 'It is not for use by itself.' },
    {
      name: 'designation',
      max: '*',
      documentation: 'Other texts for it.',
      part: [
        { name: 'language', type: 'code', documentation: 'Language of the text.' },
        { name: 'use', type: 'Coding', documentation: 'What it is for.' },
        { name: 'value', type: 'string', min: 1, documentation: 'The text.' },
      ],
    },
    {
      name: 'property',
      max: '*',
      documentation: 'What the code system says of it.',
      part: [
        { name: 'code', type: 'code', min: 1, documentation: 'Name of the property.' },
        { name: 'value', type: 'string', documentation: 'Its value, of any type.' },
      ],
    },
  ],
  definition: 'http://hl7.org/fhir/OperationDefinition/CodeSystem-lookup',
  documentation: 'What a code system says of a code: display, designations, properties, parents and children.',
} as const satisfies OperationDeclaration;

type Call = OperationCall<typeof declaration>;

/** https://hl7.org/fhir/R4/codesystem-operation-lookup.html */
@Injectable()
export class LookupOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(private readonly questions: TerminologyQuestions) {}

  async run({ context, parameters, languages }: Call): Promise<object> {
    const { coding, displayLanguage, property } = parameters;
    requireToday(parameters.date);
    requireOneOf(parameters, 'code', 'coding');
    const { code } = coding ?? parameters;
    const url = oneSystem(coding?.['system'], parameters.system);
    const version = oneVersion(coding?.['version'], parameters.version);
    if (typeof code !== 'string' || url === undefined)
      throw new IncompleteQuestion('The call names no code: send "code" with "system", or "coding".');
    const plain = this.questions.open(context, parameters['tx-resource']);
    const naming = { type: 'CodeSystem', url, version } as const;
    return answering(async () => {
      const question = await withSupplements(plain, parameters.useSupplement);
      const [, system] = await requireCodeSystem(question, naming, { codes: [code], withLinks: true });
      requireBase(system);
      requireSupplementsOf(question.supplements ?? [], system);
      const told = await system.tell(code);
      if (!told) throw new UnknownCode(code, system);
      return answerOf(system, told, { language: languagesAsked(displayLanguage, languages), wanted: property });
    });
  }
}

/** Throws 422 for a supplement, which has no concepts of its own. */
function requireBase({ url, content, supplements }: CodeSystem): void {
  if (content !== 'supplement') return;
  throw new CannotExpand(
    `The CodeSystem ${url} is a supplement of ${supplements ?? 'a code system that it does not name'}: ask about that one, with "useSupplement" of ${url}.`,
  );
}

interface Wanted {
  readonly language: string | undefined;
  readonly wanted: readonly string[];
}

function answerOf(
  system: CodeSystem,
  { concept, parents, children }: ToldConcept,
  { language, wanted }: Wanted,
): object {
  const { code, definition, designations, isInactive, isAbstract } = concept;
  const told = (name: string): boolean => wanted.length === 0 || wanted.includes(name) || wanted.includes('*');
  const links = [
    ...parents.map((value) => propertyOf('parent', { valueCode: value })),
    ...children.map((value) => propertyOf('child', { valueCode: value })),
  ];
  const written = concept.properties
    .filter((one) => one['code'] !== 'parent' && one['code'] !== 'child')
    .map(({ code: name, ...value }) => propertyOf(String(name), value));
  const own = [
    ...(definition === undefined ? [] : [propertyOf('definition', { valueString: definition })]),
    propertyOf('inactive', { valueBoolean: isInactive }),
  ];
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'name', valueString: system.name ?? system.url },
      ...(system.version === undefined ? [] : [{ name: 'version', valueString: system.version }]),
      { name: 'display', valueString: displayIn(concept, language) ?? code },
      ...(isAbstract ? [{ name: 'abstract', valueBoolean: true }] : []),
      ...designations.filter((one) => told('designation') || isIn(one.language, wanted)).map(designationOf),
      ...[...own, ...links, ...written].filter(({ code: name }) => told(name)).map(({ parameter }) => parameter),
    ],
  };
}

const inLanguage = 'lang.';

/** True for a designation in a language that is asked for, such as `lang.de` (https://hl7.org/fhir/R4/codesystem-operation-lookup.html). */
const isIn = (own: string | undefined, wanted: readonly string[]): boolean =>
  own !== undefined &&
  wanted.some((name) => name.startsWith(inLanguage) && isKindOf(own, name.slice(inLanguage.length).toLowerCase()));

const propertyOf = (code: string, value: Readonly<Record<string, unknown>>) => ({
  code,
  parameter: {
    name: 'property',
    part: [
      { name: 'code', valueCode: code },
      { name: 'value', ...value },
    ],
  },
});

const designationOf = ({ language, use, value }: Concept['designations'][number]): object => ({
  name: 'designation',
  part: [
    ...(language === undefined ? [] : [{ name: 'language', valueCode: language }]),
    ...(use ? [{ name: 'use', valueCoding: use }] : []),
    { name: 'value', valueString: value },
  ],
});
