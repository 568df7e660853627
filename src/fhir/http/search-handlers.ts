import { Inject, Injectable } from '@nestjs/common';
import type { RequestContext } from '../../scope/request-context.js';
import { decide } from '../../scope/request-decision.js';
import { HistoryInteraction } from '../interactions/history.interaction.js';
import { SearchInteraction } from '../interactions/search/search.interaction.js';
import { FHIR_OPTIONS, type FhirOptions } from '../fhir-options.js';
import { StandbyReads } from '../storage/reading/standby-reads.js';
import type { ResourceRepository } from '../storage/resource.repository.js';
import { budgetOf, type FhirAnswer } from './answer/answer.js';
import { representationOf } from './answer/representation.js';
import type { FhirCall } from './fhir-request.js';

/** Searches and histories: of a resource, a type, a compartment or the system. */
@Injectable()
export class SearchHandlers {
  constructor(
    private readonly standbyReads: StandbyReads,
    private readonly historyInteraction: HistoryInteraction,
    private readonly searchInteraction: SearchInteraction,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  async history(call: FhirCall): Promise<FhirAnswer> {
    const { interaction, request } = call;
    const json = await this.reading(call, (context, from) =>
      this.historyInteraction.run(context, interaction, interaction.query, {
        from,
        budget: budgetOf(request, this.options),
      }),
    );
    return { json };
  }

  /** `POST _search` unites the form and the query of the URL. */
  async search(call: FhirCall): Promise<FhirAnswer> {
    const { request, interaction, isForm, body, prefer } = call;
    const query = isForm
      ? new URLSearchParams([...interaction.query, ...new URLSearchParams(body)])
      : interaction.query;
    if (isForm) {
      if (call.context.trail) call.context.trail.form = body;
      decide(call.context, { interaction: { ...interaction, query } }).require();
      request.representation = representationOf(request, query);
    }
    const json = await this.reading(call, (context, from) =>
      this.searchInteraction.run(context, interaction, query, {
        from,
        handling: prefer.handling,
        budget: budgetOf(request, this.options),
      }),
    );
    return { json };
  }

  /** Reads from the database that is to answer, and notes how old the answer may be. */
  reading<T>(
    { context, maxStale, request }: FhirCall,
    read: (context: RequestContext, from: ResourceRepository) => Promise<T>,
  ): Promise<T> {
    return this.standbyReads.run({ context, maxStale, read, isOld: (seconds) => void (request.age = seconds) });
  }
}
