import { Injectable } from '@nestjs/common';
import { InvalidRequest, type Issue } from '../../../r4/errors/fhir-error.js';
import { objectsOf, textOf } from '../../../r4/json/items.js';
import type { JsonObject } from '../../../r4/json/json.js';
import { readStored } from '../../../r4/json/stored-json.js';
import { inTurns } from '../../../r4/json/turns.js';
import { SearchHooks } from '../../hooks/search-hooks.js';
import { bundleText, outcomeEntries } from '../../interactions/bundle/bundle-text.js';
import { SearchInteraction } from '../../interactions/search/search.interaction.js';
import { searchRows } from '../../interactions/search/search-rows.js';
import { Terminology } from '../../interactions/terminology/terminology.js';
import { ResourceRepository } from '../../storage/resource.repository.js';
import type { LinkedVersion } from '../../storage/searching/linked-version.js';
import { JsonAnswer, type Operation, type OperationCall, type OperationDeclaration } from '../operation.js';
import { type Comparison, comparisonWith, identifiersOf } from './compare-patients.js';

/** Candidates of each search that are compared. */
export const mostOfSearch = 1000;
const usualCount = 10;
const gradeUrl = 'http://hl7.org/fhir/StructureDefinition/match-grade';

const declaration = {
  code: 'match',
  level: ['type'],
  types: ['Patient'],
  affectsState: false,
  access: [{ permission: 's' }, { permission: 'r' }],
  parameters: [
    {
      name: 'resource',
      type: 'Patient',
      min: 1,
      documentation: 'What is known: an identifier, a name with a birth date, or both.',
    },
    { name: 'onlyCertainMatches', type: 'boolean', documentation: 'Answer one certain match, or none.' },
    { name: 'count', type: 'positiveInt', documentation: `Matches at most; ${usualCount} unless said.` },
  ],
  takesResource: true,
  returns: [
    {
      name: 'return',
      type: 'Bundle',
      min: 1,
      documentation: 'Patients with search.score, the grade, and what agrees and differs; the best first.',
    },
  ],
  definition: 'http://hl7.org/fhir/OperationDefinition/Patient-match',
  documentation:
    'Patients that may be the one who is described, graded by fixed rules: certain is a common identifier with nothing against it. ' +
    'Each says what agrees and what differs. Only patients within reach are compared. Parameters: resource, onlyCertainMatches, count.',
} as const satisfies OperationDeclaration;

type Call = OperationCall<typeof declaration>;
type Match = Comparison & { readonly row: LinkedVersion };

/** https://hl7.org/fhir/R4/patient-operation-match.html (ADR 81). */
@Injectable()
export class MatchOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(
    private readonly searches: SearchInteraction,
    readonly hooks: SearchHooks,
    readonly terminology: Terminology,
    readonly resources: ResourceRepository,
  ) {}

  async run({ context, budget, parameters }: Call): Promise<object> {
    const { resource, onlyCertainMatches = false, count = usualCount } = parameters;
    const compare = comparisonWith(resource);
    const candidates = new Map<string, LinkedVersion>();
    let isCut = false;
    for (const query of queriesFor(resource)) {
      const asked = { type: 'Patient', query: query.toString() };
      const found = await searchRows(this, this.searches, asked, { context, budget, most: mostOfSearch });
      for (const row of found.rows) candidates.set(row.id, row);
      isCut ||= found.hasMore;
    }
    const judged = await inTurns([...candidates.values()], async (row): Promise<Match> => ({
      row,
      ...compare(await readStored(row.body)),
    }));
    const matches = judged
      .filter(({ grade }) => grade !== 'certainly-not')
      .toSorted((one, other) => rankOf(other) - rankOf(one) || (one.row.id < other.row.id ? -1 : 1));
    const certain = matches.filter(({ grade }) => grade === 'certain');
    // One who was not compared may be as certain.
    const isCertain = certain.length === 1 && !isCut;
    const chosen = !onlyCertainMatches ? matches.slice(0, count) : isCertain ? certain : [];
    const self = { relation: 'self', url: `${this.searches.options.base}/Patient/$match` } as const;
    const entries = [...chosen.map((match) => this.entry(match)), ...outcomeEntries(isCut ? [notAllCompared] : [])];
    return new JsonAnswer(bundleText('searchset', [self], entries, chosen.length));
  }

  private entry({ row, grade, score, agrees, differs }: Match): string {
    const { base } = this.searches.options;
    const evidence = [...told('agrees', agrees), ...told('differs', differs)];
    const extension = [
      { url: gradeUrl, valueCode: grade },
      { url: `${base}/StructureDefinition/match-evidence`, extension: evidence },
    ];
    const search = JSON.stringify({ extension, mode: 'match', score });
    return `{"fullUrl":"${base}/Patient/${row.id}","resource":${row.body},"search":${search}}`;
  }
}

const notAllCompared: Issue = {
  severity: 'warning',
  code: 'incomplete',
  diagnostics: `More than ${mostOfSearch} patients share a name, a birth date or the like with the one described, and not all were compared. Say more of the Patient: an identifier, a birth date, all names.`,
};

const told = (url: string, texts: readonly string[]): readonly object[] =>
  texts.map((valueString) => ({ url, valueString }));

const rankOf = ({ grade, score }: Match): number => (grade === 'certain' ? 2 : 0) + score;

/** Searches that find who may be meant. Throws 400 for who cannot be found. */
export function queriesFor(patient: JsonObject): readonly URLSearchParams[] {
  const identifiers = identifiersOf(patient).map(escaped);
  const birth = textOf(patient['birthDate']);
  const names = objectsOf(patient['name']);
  const families = names.map(({ family }) => textOf(family)).filter((one) => one !== '');
  const givens = names.flatMap(({ given }) => (Array.isArray(given) ? given.map((one) => textOf(one)) : []));
  const telecoms = objectsOf(patient['telecom'])
    .map(({ value }) => textOf(value))
    .filter((one) => one !== '');
  const family = families.map(comma).join(',');
  const given = givens.map(comma).join(',');
  const asked: readonly (readonly [string, string])[][] = [
    [['identifier', identifiers.join(',')]],
    [
      ['family', family],
      ['birthdate', birth],
    ],
    [
      ['given', given],
      ['birthdate', birth],
    ],
    [
      ['family', family],
      ['given', given],
    ],
    [
      ['telecom', telecoms.map(comma).join(',')],
      ['birthdate', birth],
    ],
  ];
  const usable = asked.filter((pairs) => pairs.every(([, value]) => value !== ''));
  if (usable.length > 0)
    return usable.map((pairs) => new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, value])));
  const diagnostics =
    'The Patient says too little to be found: give an identifier with its system, or two of family name, given name and birth date.';
  throw new InvalidRequest({ code: 'required', diagnostics });
}

const comma = (text: string): string => text.replace(/[\\,|$]/g, '\\$&');
/** `system|value`, where the value may have bars of its own. */
export function escaped(identifier: string): string {
  const bar = identifier.indexOf('|');
  return `${comma(identifier.slice(0, bar))}|${comma(identifier.slice(bar + 1))}`;
}
