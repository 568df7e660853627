import { Injectable } from '@nestjs/common';
import { reachOf } from '../../scope/reach.js';
import type { RequestContext } from '../../scope/request-context.js';
import { WriteHooks } from '../hooks/write-hooks.js';
import type { JsonObject } from '../../r4/json/json.js';
import type { Create, ExternalContent, Written } from '../storage/writing/change.js';
import type { IdempotentRequest } from '../storage/writing/idempotent-request.js';
import { ResourceRepository } from '../storage/resource.repository.js';
import { ConditionReader } from './conditional/condition-reader.js';
import { oneAtMost } from './conditional/resolve-condition.js';
import { summaryOfMatch, type RepeatedCreate, summaryOf, type WriteSummary } from './write-summary.js';

export interface CreateCircumstances {
  /** Content of a Binary that is stored already, in place of `data`. */
  readonly external?: ExternalContent | undefined;
  /** Criteria that no resource may match yet. */
  readonly condition?: URLSearchParams | undefined;
  readonly once?: IdempotentRequest | undefined;
}

/** https://hl7.org/fhir/R4/http.html#create: the server chooses the id; an id in the body is ignored. */
@Injectable()
export class CreateInteraction {
  constructor(
    private readonly resources: ResourceRepository,
    private readonly hooks: WriteHooks,
    private readonly conditions: ConditionReader,
  ) {}

  /** Returns the interaction as a part of a transaction. */
  within(tx: ResourceRepository): CreateInteraction {
    return new CreateInteraction(tx, this.hooks, this.conditions);
  }

  async run(
    context: RequestContext,
    type: string,
    sent: JsonObject,
    { external, condition, once }: CreateCircumstances = {},
  ): Promise<Written | RepeatedCreate> {
    const access = context.accessTo(type, 'c');
    const content = await this.hooks.run({ interaction: 'create', type, resource: sent, context });
    const change = {
      kind: 'create',
      access,
      type,
      id: this.resources.stamps.newId(type),
      ...content,
      ...(external && { external }),
    } as const;
    return condition || once ? this.unlessDone(context, change, { condition, once }) : this.resources.writeOne(change);
  }

  /** Stores nothing when it was stored before: by this very request, or by whoever made what the condition matches. */
  private unlessDone(
    context: RequestContext,
    change: Create,
    { condition, once }: CreateCircumstances,
  ): Promise<Written | RepeatedCreate> {
    const sought = condition && this.conditions.read(context, change.type, condition);
    return this.resources.transaction(context.caller, async (tx) => {
      let written: Written | undefined;
      const told = await tx.once<WriteSummary>(
        once,
        () => reachOf(context, [change.type]),
        async () => {
          const found = sought && oneAtMost(sought, await this.conditions.match(context, tx, sought));
          if (found) return summaryOfMatch(found);
          written = await tx.writeOne(change);
          return summaryOf(written);
        },
      );
      return written ?? { told, version: await this.shown(context, tx, told) };
    });
  }

  /** Returns what a read would show the caller of a resource that is not written now. */
  private shown(context: RequestContext, tx: ResourceRepository, { type, id, versionId }: WriteSummary) {
    if (!context.may(type, 'r')) return undefined;
    return tx.findVersion(context.accessTo(type, 'r'), id, String(versionId));
  }
}
