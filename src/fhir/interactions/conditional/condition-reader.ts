import { requireUnmasked } from '../search/require-unmasked.js';
import { Inject, Injectable } from '@nestjs/common';
import type { RequestContext } from '../../../scope/request-context.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { type Condition, parseCondition } from '../../../r4/search/query/condition.js';
import { typesOf } from '../../../r4/search/query/criterion.js';
import { SearchOffer } from '../../../r4/search/parameters/search-offer.js';
import { SearchHooks } from '../../hooks/search-hooks.js';
import type { ConditionQuestion } from '../../storage/writing/statements/condition-statements.js';
import type { ResourceRepository } from '../../storage/resource.repository.js';
import type { StoredVersion } from '../../storage/reading/stored-version.js';
import { Terminology } from '../terminology/terminology.js';

/** The criteria of If-None-Exist: `identifier=1`, after a `?` and its type or without (https://hl7.org/fhir/R4/http.html#ccreate). */
export function readIfNoneExist(text: string, type: string | undefined): URLSearchParams {
  const start = text.startsWith(`${type}?`) ? `${type}?`.length : Number(text.startsWith('?'));
  return new URLSearchParams(text.slice(start));
}

/** Reads the conditions of writes, and answers them from what the caller may search. */
@Injectable()
export class ConditionReader {
  constructor(
    private readonly offer: SearchOffer,
    private readonly terminology: Terminology,
    private readonly hooks: SearchHooks,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  /** Parameters of the answer stand beside the criteria of a request line. Throws 400. */
  ofRequestLine(context: RequestContext, type: string, query: URLSearchParams): Condition {
    const criteria = [...query].filter(([name]) => name !== '_format' && name !== '_pretty');
    return this.read(context, type, new URLSearchParams(criteria));
  }

  read(context: RequestContext, type: string, query: URLSearchParams): Condition {
    const { base, timeZone, chainDepth, searchValues } = this.options;
    const maySearch = (other: string): boolean => context.may(other, 's');
    const condition = parseCondition(type, query, {
      offer: this.offer,
      base,
      timeZone,
      chainDepth,
      searchValues,
      maySearch,
    });
    const looked = { written: condition.written, criteria: new Map([[type, condition.criteria]]) };
    requireUnmasked(context, looked, (other, code) => this.offer.find(other, code));
    return condition;
  }

  /** Throws Refused unless the caller may search each type that the condition looks at. */
  question(context: RequestContext, condition: Condition, most = 2): ConditionQuestion {
    for (const type of typesOf(condition.criteria)) context.accessTo(type, 's');
    return { condition, access: context.accessTo(condition.type, 's'), most, onlyReads: false };
  }

  /** Returns the matches of one condition, at the beginning of a transaction: at most `most`, two by default. */
  async match(
    context: RequestContext,
    tx: ResourceRepository,
    condition: Condition,
    most?: number,
  ): Promise<readonly StoredVersion[]> {
    const [found] = await this.resolve(context, tx, [this.question(context, condition, most)]);
    return found!;
  }

  async resolve(
    context: RequestContext,
    tx: ResourceRepository,
    questions: readonly ConditionQuestion[],
  ): Promise<readonly (readonly StoredVersion[])[]> {
    const criteria = await this.hooks.narrow(
      context,
      questions.map(({ condition }) => condition),
    );
    const expanded = await this.terminology.expand(context, criteria, tx);
    const asked = questions.map((question, i) => ({
      ...question,
      condition: { ...question.condition, criteria: expanded[i]! },
    }));
    return tx.resolve(asked, (type) => context.accessTo(type, 's'));
  }
}
