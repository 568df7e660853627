import { Inject, Injectable } from '@nestjs/common';
import type { RequestContext } from '../../scope/request-context.js';
import { FHIR_OPTIONS, type FhirOptions } from '../fhir-options.js';
import { ChangesFailed, type Delete, type Written } from '../storage/writing/change.js';
import { ResourceRepository } from '../storage/resource.repository.js';
import { ConditionReader } from './conditional/condition-reader.js';
import { mostDeleted, requireFew } from './conditional/resolve-condition.js';

/** https://hl7.org/fhir/R4/http.html#delete: a second delete changes nothing and succeeds. */
@Injectable()
export class DeleteInteraction {
  constructor(
    private readonly resources: ResourceRepository,
    private readonly conditions: ConditionReader,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  /** Returns the interaction as a part of a transaction. */
  within(tx: ResourceRepository): DeleteInteraction {
    return new DeleteInteraction(tx, this.conditions, this.options);
  }

  async run(context: RequestContext, type: string, id: string, ifMatch?: string): Promise<Written> {
    return this.resources.writeOne(deletion(context, type, id, ifMatch));
  }

  /** Deletes all matches or none. No match is a success too: nothing is left to match then. */
  async runConditional(
    context: RequestContext,
    type: string,
    query: URLSearchParams,
    ifMatch?: string,
  ): Promise<readonly Written[]> {
    const condition = this.conditions.ofRequestLine(context, type, query);
    try {
      return await this.resources.transaction(context.caller, async (tx) => {
        const found = await this.conditions.match(context, tx, condition, mostDeleted(this.options) + 1);
        requireFew(condition, found, this.options);
        return tx.write(found.map((matched) => ({ ...deletion(context, type, matched.id, ifMatch), matched })));
      });
    } catch (error) {
      throw error instanceof ChangesFailed ? error.failures[0].error : error;
    }
  }
}

function deletion(context: RequestContext, type: string, id: string, ifMatch: string | undefined): Delete {
  const condition = ifMatch === undefined ? {} : { ifMatch };
  return { kind: 'delete', access: context.accessTo(type, 'd'), type, id, ...condition };
}
