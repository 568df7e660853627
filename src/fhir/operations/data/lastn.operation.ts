import { Inject, Injectable } from '@nestjs/common';
import { InvalidRequest, type Issue } from '../../../r4/errors/fhir-error.js';
import { stepsInTurns } from '../../../r4/json/turns.js';
import type { Criterion } from '../../../r4/search/query/criterion.js';
import type { RequestContext } from '../../../scope/request-context.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { SearchHooks } from '../../hooks/search-hooks.js';
import { bundleText, outcomeEntries, searchEntry } from '../../interactions/bundle/bundle-text.js';
import { narrowedTargets } from '../../interactions/search/narrowed-targets.js';
import { readableRows } from '../../interactions/search/readable-rows.js';
import { readSearch } from '../../interactions/search/read-search.js';
import { withIds } from '../../interactions/search/search-rows.js';
import { SearchInteraction } from '../../interactions/search/search.interaction.js';
import { withheldNotice } from '../../interactions/search/withheld-notice.js';
import { Terminology } from '../../interactions/terminology/terminology.js';
import { ResourceRepository } from '../../storage/resource.repository.js';
import { SearchOverview } from '../../storage/searching/search-overview.js';
import { JsonAnswer, type Operation, type OperationCall, type OperationDeclaration } from '../operation.js';
import type { DeclaredParameter } from '../parameters/declared-parameter.js';
import { groupByCode } from './group-by-code.js';

/** Observations of which the newest of each code are looked for. */
const mostLookedAt = 20_000;
/** Observations of one answer. */
const mostAnswered = 1000;

const criterion = <N extends string>(name: N) =>
  ({
    name,
    type: 'string',
    max: '*',
    documentation: `As the search parameter ${name} of Observation.`,
  }) as const satisfies DeclaredParameter;

const declaration = {
  code: 'lastn',
  level: ['type'],
  types: ['Observation'],
  affectsState: false,
  access: [{ permission: 's' }, { permission: 'r' }],
  also: 'any',
  parameters: [
    { name: 'max', type: 'positiveInt', documentation: 'Observations of each code; 1 unless said.' },
    criterion('patient'),
    criterion('subject'),
    criterion('category'),
    criterion('code'),
    criterion('combo-code'),
    criterion('component-code'),
    criterion('date'),
    criterion('status'),
    criterion('encounter'),
    criterion('performer'),
    criterion('device'),
    criterion('method'),
    criterion('specimen'),
    criterion('value-quantity'),
    criterion('_tag'),
    criterion('_security'),
  ],
  returns: [{ name: 'return', type: 'Bundle', min: 1, documentation: 'A searchset of Observations, by code.' }],
  definition: 'http://hl7.org/fhir/OperationDefinition/Observation-lastn',
  documentation:
    'The newest Observations of a patient or another subject, so many of each code. Needs patient or subject; takes max and search ' +
    'parameters without modifiers.',
} as const satisfies OperationDeclaration;

type Call = OperationCall<typeof declaration>;

/** https://hl7.org/fhir/R4/observation-operation-lastn.html: rows judged as in a search, and as a read judges them (ADR 81). */
@Injectable()
export class LastnOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  // oxlint-disable-next-line max-params -- Nest injects them
  constructor(
    private readonly searches: SearchInteraction,
    readonly hooks: SearchHooks,
    readonly terminology: Terminology,
    readonly resources: ResourceRepository,
    private readonly overview: SearchOverview,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  async run({ context, parameters, budget }: Call): Promise<object> {
    const { max = 1 } = parameters;
    const query = queryOf(parameters);
    const criteria = this.criteriaOf(context, query);
    const accessTo = (type: string) => context.accessTo(type, 's');
    const [target] = await narrowedTargets(this, context, [{ type: 'Observation', criteria }]);
    const request = { count: mostLookedAt, sort: newestFirst, linkCodes: ['code', 'code:text'] };
    // Observations with equal codes are one group, of which no more than these can be answered.
    const found = await this.overview.firstOfEach(target!, request, accessTo, Math.min(max, mostAnswered));
    const groups = await stepsInTurns(groupByCode(found));
    const chosen = groups.flatMap((group) => group.slice(0, max));
    const ids = chosen.slice(0, mostAnswered).map(({ id }) => id);
    const targets = await narrowedTargets(this, context, [
      { type: 'Observation', criteria: [withIds('Observation', ids, this.searches.parameters)] },
    ]);
    const page = await this.resources.search(targets, { count: mostAnswered, bytes: budget.bytes }, accessTo);
    const rows = await readableRows(context, this.resources, page.rows);
    const byId = new Map(rows.map((row) => [row.id, row]));
    const isWhole = chosen.length <= mostAnswered && !page.hasNext;
    const remarks = [
      ...((found[0]?.seen ?? 0) > mostLookedAt ? [notAllLookedAt] : []),
      ...(isWhole ? [] : [notAllAnswered]),
      ...withheldNotice(context, [target!.access]),
    ];
    const entries = ids.flatMap((id) => byId.get(id) ?? []).map((row) => searchEntry(this.options.base, row, 'match'));
    const self = {
      relation: 'self',
      url: `${this.options.base}/Observation/$lastn?max=${max}&${query.toString()}`,
    } as const;
    return new JsonAnswer(bundleText('searchset', [self], [...entries, ...outcomeEntries(remarks)]));
  }

  /** Throws Refused where the answer would depend on elements that are masked. */
  private criteriaOf(context: RequestContext, query: URLSearchParams): readonly Criterion[] {
    const read = (asked: URLSearchParams) =>
      readSearch(context, { address: { type: 'Observation' }, query: asked, handling: 'strict' }, this.searches)
        .asked[0]!;
    // Which ones come depends on their codes and dates.
    if (context.masksOf('Observation').length > 0) read(new URLSearchParams('_sort=-date&code:missing=false'));
    return read(query);
  }
}

const newestFirst = [{ by: 'date', descending: true }] as const;

/** The search that the parameters are. Throws 400 without a subject. */
function queryOf(parameters: Call['parameters']): URLSearchParams {
  if (parameters.patient.length === 0 && parameters.subject.length === 0) {
    const diagnostics = '$lastn needs whose Observations are meant: patient=<id>, or subject=Group/<id> and the like.';
    throw new InvalidRequest({ code: 'required', diagnostics });
  }
  const pairs = Object.entries(parameters).flatMap(([name, values]) =>
    Array.isArray(values) ? values.map((value: string): [string, string] => [name, value]) : [],
  );
  return new URLSearchParams(pairs);
}

const notAllLookedAt: Issue = {
  severity: 'warning',
  code: 'incomplete',
  diagnostics: `More than ${mostLookedAt} Observations match, and the newest of them were looked at. Narrow it by category, code or date.`,
};

const notAllAnswered: Issue = {
  severity: 'warning',
  code: 'incomplete',
  diagnostics: `More Observations are to be answered than an answer may have (${mostAnswered}, and RESPONSE_LIMIT). Narrow it by category, code or date.`,
};
