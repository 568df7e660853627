import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { objectsOf } from '../../../r4/json/items.js';
import type { JsonObject } from '../../../r4/json/json.js';
import { canonicalText, parseCanonical } from '../../../r4/terminology/canonical.js';
import {
  type Dependency,
  isMatch,
  type Match,
  translate,
  translateBack,
  type Translated,
  type TranslateOptions,
} from '../../../r4/terminology/questions/translate.js';
import { type Part, partsOf as partsOfJson } from '../../../r4/terminology/read-resource.js';
import type { RequestContext } from '../../../scope/request-context.js';
import { Terminology } from '../../interactions/terminology/terminology.js';
import { ResourceRepository } from '../../storage/resource.repository.js';
import type { Operation, OperationCall, OperationDeclaration } from '../operation.js';
import { MapsOfCall } from './maps-of-call.js';
import { answering, IncompleteQuestion, UnknownDefinition } from './terminology-questions.js';

/** Maps that may be followed because others leave codes to them. */
const mostFollowed = 10;
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
    { name: 'message', type: 'string', documentation: 'Why there is none.' },
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
    private readonly terminology: Terminology,
  ) {}

  async run({ context, id, parameters, records }: Call): Promise<object> {
    const codes = codesOf(parameters);
    const { url, conceptMap, targetsystem: other, reverse } = parameters;
    const maps = new MapsOfCall({ context, resources: this.resources, records });
    const found =
      id === undefined && url === undefined && !conceptMap
        ? await maps.withSystems(codes, reverse === true)
        : await maps.named(id, parameters);
    if (!found) return this.askedElsewhere(context, parameters, codes);
    const options = { other, dependencies: parameters.dependency.map(dependencyOf) };
    const asked = { codes, options, isBack: reverse === true };
    return answerOf(await translatedBy(found.filter(isBetween(parameters)), maps, asked));
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
  if (code !== undefined) return [{ code, system, version }];
  const codings = coding ? [coding] : objectsOf(codeableConcept?.['coding']);
  if (codings.length > mostCodes)
    throw new IncompleteQuestion(
      `The call has ${codings.length} codes; send at most ${mostCodes} at once.`,
      'too-costly',
    );
  if (codings.length > 0) return codings.map(translated);
  throw new IncompleteQuestion('The call names no code: send "code" with "system", "coding" or "codeableConcept".');
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

/** A map that does not say which value sets it is between is between any. */
const isBetween =
  ({ source, target }: Call['parameters']) =>
  (map: Part): boolean =>
    isOf(source, map['sourceUri'] ?? map['sourceCanonical']) &&
    isOf(target, map['targetUri'] ?? map['targetCanonical']);

const isOf = (asked: string | undefined, own: unknown): boolean =>
  asked === undefined || typeof own !== 'string' || own === asked || parseCanonical(own).url === asked;

interface Found {
  readonly matches: readonly { readonly match: Match; readonly source: string | undefined }[];
  readonly lacking: readonly string[];
}

interface AskedOfMaps {
  readonly codes: readonly Translated[];
  readonly options: TranslateOptions;
  readonly isBack: boolean;
}

/** Matches of the maps, and of other maps that they leave unmapped codes to. */
async function translatedBy(
  maps: readonly Part[],
  others: MapsOfCall,
  { codes, options, isBack }: AskedOfMaps,
): Promise<Found> {
  const matches: { match: Match; source: string | undefined }[] = [];
  const lacking: string[] = [];
  for (const code of codes) {
    const left = [...maps];
    const seen = new Set<unknown>(maps.map(({ url }) => url));
    let followed = 0;
    for (let map = left.shift(); map; map = left.shift()) {
      const source = textIn(map['url']);
      await nextTurn();
      const said = (isBack ? translateBack : translate)(map, code, options);
      matches.push(...said.matches.map((match) => ({ match, source })));
      lacking.push(...said.lacking);
      const next = [...new Set(said.otherMaps)].filter((url) => !seen.has(url)).slice(0, mostFollowed - followed);
      followed += next.length;
      for (const url of next) seen.add(url);
      left.push(...(await others.byCanonical(next)));
    }
  }
  return { matches, lacking };
}

function answerOf({ matches, lacking }: Found): object {
  const isFound = matches.some(({ match }) => isMatch(match));
  const why =
    lacking.length === 0
      ? 'The map has no match for the code.'
      : `Matches depend on ${[...new Set(lacking)].join(', ')}: send its value as "dependency".`;
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'result', valueBoolean: isFound },
      ...(isFound ? [] : [{ name: 'message', valueString: why }]),
      ...matches.map(({ match, source }) => ({ name: 'match', part: partsOf(match, source) })),
    ],
  };
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
