import { Injectable } from '@nestjs/common';
import { ResourceNotFound } from '../../../r4/errors/fhir-error.js';
import { objectsOf } from '../../../r4/json/items.js';
import { type JsonObject, parseJson } from '../../../r4/json/json.js';
import { canonicalText, parseCanonical } from '../../../r4/terminology/canonical.js';
import {
  isMatch,
  type Match,
  translate,
  translateBack,
  type Translated,
} from '../../../r4/terminology/questions/translate.js';
import { type Part, partsOf as partsOfJson } from '../../../r4/terminology/read-resource.js';
import type { RequestContext } from '../../../scope/request-context.js';
import { Terminology } from '../../interactions/terminology/terminology.js';
import { ResourceRepository } from '../../storage/resource.repository.js';
import type { Operation, OperationCall, OperationDeclaration } from '../operation.js';
import { answering, IncompleteQuestion, UnknownDefinition } from './terminology-questions.js';

const declaration = {
  code: 'translate',
  level: ['type', 'instance'],
  types: ['ConceptMap'],
  affectsState: false,
  access: [{ permission: 'r', type: 'ConceptMap' }],
  parameters: [
    { name: 'url', type: 'uri', documentation: 'Canonical of the map.' },
    { name: 'conceptMapVersion', type: 'string', documentation: 'Its version.' },
    { name: 'conceptMap', type: 'ConceptMap', documentation: 'The map itself.' },
    { name: 'code', type: 'code', documentation: 'The code, of `system`.' },
    { name: 'system', type: 'uri', documentation: 'Its code system.' },
    { name: 'coding', type: 'Coding', token: true, documentation: 'Both in one.' },
    { name: 'codeableConcept', type: 'CodeableConcept', documentation: 'Several codes, each translated.' },
    { name: 'targetsystem', type: 'uri', documentation: 'Only matches of this code system.' },
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
      ],
    },
  ],
  definition: 'http://hl7.org/fhir/OperationDefinition/ConceptMap-translate',
  documentation: 'What a ConceptMap leads to from a code, in both directions.',
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

  async run({ context, id, parameters }: Call): Promise<object> {
    const codes = codesOf(parameters);
    const map = await this.mapOf(context, id, parameters);
    if (!map) return this.askedElsewhere(context, parameters, codes);
    const source = typeof map['url'] === 'string' ? map['url'] : undefined;
    const { targetsystem, reverse } = parameters;
    const matches = codes.flatMap((one) => (reverse ? translateBack : translate)(map, one, targetsystem));
    const isFound = matches.some(isMatch);
    return {
      resourceType: 'Parameters',
      parameter: [
        { name: 'result', valueBoolean: isFound },
        ...(isFound ? [] : [{ name: 'message', valueString: 'The map has no match for the code.' }]),
        ...matches.map((one) => ({ name: 'match', part: partsOf(one, source) })),
      ],
    };
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

  /** Undefined: nothing that the caller may read has the canonical. */
  private async mapOf(
    context: RequestContext,
    id: string | undefined,
    parameters: Call['parameters'],
  ): Promise<Part | undefined> {
    const { url, conceptMapVersion: version, conceptMap } = parameters;
    if (conceptMap) return conceptMap;
    const access = context.accessTo('ConceptMap', 'r');
    if (id !== undefined) {
      const found = await this.resources.find(access, id);
      if (!found || found.deleted) throw new ResourceNotFound({ type: 'ConceptMap', id });
      return parseJson(found.body) as Part;
    }
    if (url === undefined) throw new IncompleteQuestion('The call names no ConceptMap: send "url" or "conceptMap".');
    const name = canonicalText(url, version);
    const [row] = await this.resources.findCanonicals(access, [parseCanonical(name)]);
    return row && (parseJson(row.body) as Part);
  }
}

/** Keeps the elements that R4 returns; all else that another server says is left out. */
const told: ReadonlySet<string> = new Set(['result', 'message', 'match']);

function codesOf({ code, system, coding, codeableConcept }: Call['parameters']): readonly Translated[] {
  if (code !== undefined) return [{ code, system }];
  const codings = coding ? [coding] : objectsOf(codeableConcept?.['coding']);
  if (codings.length > 0) return codings.map(translated);
  throw new IncompleteQuestion('The call names no code: send "code" with "system", "coding" or "codeableConcept".');
}

const translated = ({ code, system }: JsonObject): Translated => ({
  code: typeof code === 'string' ? code : '',
  system: typeof system === 'string' ? system : undefined,
});

function partsOf({ equivalence, system, version, code, display, comment }: Match, source: string | undefined) {
  const concept = {
    ...(system !== undefined && { system }),
    ...(version !== undefined && { version }),
    ...(code !== '' && { code }),
    ...(display !== undefined && { display }),
  };
  return [
    { name: 'equivalence', valueCode: equivalence },
    ...(code === '' ? [] : [{ name: 'concept', valueCoding: concept }]),
    ...(comment === undefined ? [] : [{ name: 'comment', valueString: comment }]),
    ...(source === undefined ? [] : [{ name: 'source', valueUri: source }]),
  ];
}
