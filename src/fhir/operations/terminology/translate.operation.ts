import { Injectable } from '@nestjs/common';
import { objectsOf } from '../../../r4/json/items.js';
import type { JsonObject } from '../../../r4/json/json.js';
import { canonicalText, parseCanonical } from '../../../r4/terminology/canonical.js';
import { type Dependency, isMatch, type Match, type Translated } from '../../../r4/terminology/questions/translate.js';
import { type Part, partsOf as partsOfJson } from '../../../r4/terminology/read-resource.js';
import type { RequestContext } from '../../../scope/request-context.js';
import { SearchInteraction } from '../../interactions/search/search.interaction.js';
import { Terminology } from '../../interactions/terminology/terminology.js';
import { ResourceRepository } from '../../storage/resource.repository.js';
import type { Operation, OperationCall, OperationDeclaration } from '../operation.js';
import { MapsOfCall } from './maps-of-call.js';
import { answering, IncompleteQuestion, requireOneOf, UnknownDefinition } from './terminology-questions.js';
import { mostFollowed, TranslatedCodes } from './translated-codes.js';

/** Codes of one call: each is looked for in each map. */
const mostCodes = 100;

const declaration = {
  code: 'translate',
  level: ['type', 'instance'],
  types: ['ConceptMap'],
  affectsState: false,
  access: [{ permission: 'r', type: 'ConceptMap' }],
  also: [{ permission: 's', type: 'ConceptMap' }],
  parameters: [
    { name: 'url', type: 'uri', documentation: 'Canonical of the map; without it, those that have the code system.' },
    { name: 'conceptMapVersion', type: 'string', documentation: 'Its version.' },
    { name: 'conceptMap', type: 'ConceptMap', documentation: 'The map itself.' },
    { name: 'code', type: 'code', documentation: 'The code, of `system`.' },
    { name: 'system', type: 'uri', documentation: 'Its code system.' },
    { name: 'version', type: 'string', documentation: 'Version of that.' },
    { name: 'coding', type: 'Coding', token: true, documentation: 'Both in one.' },
    { name: 'codeableConcept', type: 'CodeableConcept', documentation: 'Several codes, each translated.' },
    { name: 'source', type: 'uri', documentation: 'Only maps from this value set.' },
    { name: 'target', type: 'uri', documentation: 'Only maps to this value set.' },
    { name: 'targetsystem', type: 'uri', documentation: 'Only matches of this code system.' },
    {
      name: 'dependency',
      max: '*',
      documentation: 'Value of another element, by which a map may choose.',
      part: [
        { name: 'element', type: 'uri', documentation: 'The element, as the map names it.' },
        { name: 'concept', type: 'CodeableConcept', documentation: 'Its value.' },
      ],
    },
    { name: 'reverse', type: 'boolean', documentation: 'true: from the target of the map to its source.' },
  ],
  returns: [
    { name: 'result', type: 'boolean', min: 1, documentation: 'Whether there is a match.' },
    { name: 'message', type: 'string', documentation: 'Why there is none, or where there may be more.' },
    {
      name: 'match',
      max: '*',
      documentation: 'What the map says of the code.',
      part: [
        { name: 'equivalence', type: 'code', documentation: 'How the two are related.' },
        { name: 'concept', type: 'Coding', documentation: 'The other code.' },
        { name: 'comment', type: 'string', documentation: 'What the map remarks.' },
        { name: 'source', type: 'uri', documentation: 'Canonical of the map.' },
        {
          name: 'product',
          max: '*',
          documentation: 'Value of another element that goes with it.',
          part: [
            { name: 'element', type: 'uri', documentation: 'The element.' },
            { name: 'concept', type: 'Coding', documentation: 'Its value.' },
          ],
        },
      ],
    },
  ],
  definition: 'http://hl7.org/fhir/OperationDefinition/ConceptMap-translate',
  documentation: 'What ConceptMaps lead to from a code, in both directions.',
} as const satisfies OperationDeclaration;

type Call = OperationCall<typeof declaration>;

/** https://hl7.org/fhir/R4/conceptmap-operation-translate.html */
@Injectable()
export class TranslateOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(
    private readonly resources: ResourceRepository,
    private readonly searches: SearchInteraction,
    private readonly terminology: Terminology,
  ) {}

  async run({ context, id, parameters }: Call): Promise<object> {
    requireOneOf(parameters, 'code', 'coding', 'codeableConcept');
    const codes = codesOf(parameters);
    const { url, conceptMap, targetsystem: other, reverse } = parameters;
    const isBack = reverse === true;
    const maps = new MapsOfCall({ context, resources: this.resources, searches: this.searches });
    const found =
      id === undefined && url === undefined && !conceptMap
        ? maps.withSystems({ codes, isBack, other })
        : await maps.named(id, parameters);
    if (!found) return this.askedElsewhere(context, parameters, codes);
    const options = { other, dependencies: parameters.dependency.map(dependencyOf) };
    const translated = new TranslatedCodes({ codes, options, isBack });
    await translated.lookIn(between(found, parameters), (canonical) => maps.byCanonical(canonical));
    return answerOf(translated);
  }

  /** Of a map that another terminology server has. Throws 404 for one that none has. */
  private async askedElsewhere(
    context: RequestContext,
    { url = '', conceptMapVersion, targetsystem, reverse }: Call['parameters'],
    codes: readonly Translated[],
  ): Promise<object> {
    const name = canonicalText(url, conceptMapVersion);
    const [only, ...others] = codes;
    const servers = this.terminology.serversFor(context, 'ConceptMap');
    if (!servers || !only) throw new UnknownDefinition('ConceptMap', name);
    if (others.length > 0)
      throw new IncompleteQuestion('Another terminology server has the map; ask about one code at a time.', 'value');
    const query = new URLSearchParams({
      url,
      code: only.code,
      ...(only.system !== undefined && { system: only.system }),
      ...(conceptMapVersion !== undefined && { conceptMapVersion }),
      ...(targetsystem !== undefined && { targetsystem }),
      ...(reverse === true && { reverse: 'true' }),
    });
    const answer = await answering(() => servers.translate(url, query));
    if (!answer) throw new UnknownDefinition('ConceptMap', name);
    const known = partsOfJson(answer['parameter']).filter(({ name: one }) => told.has(String(one)));
    return { resourceType: 'Parameters', parameter: known };
  }
}

/** Keeps the elements that R4 returns; all else that another server says is left out. */
const told: ReadonlySet<string> = new Set(['result', 'message', 'match']);

function codesOf({ code, system, version, coding, codeableConcept }: Call['parameters']): readonly Translated[] {
  if (code !== undefined) return [{ code, system: requireSystem(system), version }];
  const codings = coding ? [coding] : objectsOf(codeableConcept?.['coding']);
  if (codings.length > mostCodes)
    throw new IncompleteQuestion(
      `The call has ${codings.length} codes; send at most ${mostCodes} at once.`,
      'too-costly',
    );
  if (codings.length > 0) return codings.map(translated);
  throw new IncompleteQuestion('The call names no code: send "code" with "system", "coding" or "codeableConcept".');
}

/** "If a code is provided, a system must be provided" (https://hl7.org/fhir/R4/conceptmap-operation-translate.html): a map may have groups of several. */
function requireSystem(system: string | undefined): string {
  if (system !== undefined) return system;
  throw new IncompleteQuestion('The call has "code" without its code system: send "system" too, or "coding".');
}

const textIn = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const translated = ({ code, system, version }: JsonObject): Translated => ({
  code: textIn(code) ?? '',
  system: textIn(system),
  version: textIn(version),
});

const dependencyOf = ({ element, concept }: Call['parameters']['dependency'][number]): Dependency => ({
  element: element ?? '',
  codings: objectsOf(concept?.['coding']),
  text: textIn(concept?.['text']),
});

/** Keeps maps between the value sets that the call names, backwards too; one that does not say which is between any. */
async function* between(
  maps: AsyncIterable<Part> | Iterable<Part>,
  { reverse, ...asked }: Call['parameters'],
): AsyncGenerator<Part> {
  const [source, target] = reverse === true ? [asked.target, asked.source] : [asked.source, asked.target];
  for await (const map of maps)
    if (
      isOf(source, map['sourceUri'] ?? map['sourceCanonical']) &&
      isOf(target, map['targetUri'] ?? map['targetCanonical'])
    )
      yield map;
}

const isOf = (asked: string | undefined, own: unknown): boolean =>
  asked === undefined || typeof own !== 'string' || own === asked || parseCanonical(own).url === asked;

function answerOf({ matches, lacking, unfollowed }: TranslatedCodes): object {
  const isFound = matches.some(({ match }) => isMatch(match));
  const remarks = [...(isFound ? [] : [reasonOf(lacking)]), ...remarksOf(unfollowed)];
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'result', valueBoolean: isFound },
      ...(remarks.length === 0 ? [] : [{ name: 'message', valueString: remarks.join(' ') }]),
      ...matches.map(({ match, source }) => ({ name: 'match', part: partsOf(match, source) })),
    ],
  };
}

const reasonOf = (lacking: ReadonlySet<string>): string =>
  lacking.size === 0
    ? 'The map has no match for the code.'
    : `Matches depend on ${[...lacking].join(', ')}: send its value as "dependency".`;

function remarksOf(unfollowed: ReadonlySet<string>): readonly string[] {
  const [first, ...others] = unfollowed;
  if (first === undefined) return [];
  const more = others.length === 0 ? '' : `, and ${others.length} more`;
  return [`One call follows ${mostFollowed} maps that codes are left to; ask about others by "url": ${first}${more}.`];
}

function partsOf(
  { equivalence, system, version, code, display, comment, products }: Match,
  source: string | undefined,
) {
  const concept = {
    ...(system !== undefined && { system }),
    ...(version !== undefined && { version }),
    ...(code !== '' && { code }),
    ...(display !== undefined && { display }),
  };
  return [
    { name: 'equivalence', valueCode: equivalence },
    ...(code === '' ? [] : [{ name: 'concept', valueCoding: concept }]),
    ...products.map(productOf),
    ...(comment === undefined ? [] : [{ name: 'comment', valueString: comment }]),
    ...(source === undefined ? [] : [{ name: 'source', valueUri: source }]),
  ];
}

const productOf = ({ property, system, value, display }: Part): object => ({
  name: 'product',
  part: [
    { name: 'element', valueUri: property },
    {
      name: 'concept',
      valueCoding: {
        ...(system !== undefined && { system }),
        code: value,
        ...(display !== undefined && { display }),
      },
    },
  ],
});
