import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../scope/request-context.js';
import { WriteHooks } from '../hooks/write-hooks.js';
import type { JsonObject } from '../../r4/json/json.js';
import type { Content, Edit, Written } from '../storage/writing/change.js';
import { ResourceRepository } from '../storage/resource.repository.js';
import { ConditionReader } from './conditional/condition-reader.js';
import { exactlyOne } from './conditional/resolve-condition.js';
import type { Patch } from './read-patch.js';
import { requireLabels } from './require-labels.js';
import { requireReading } from './require-reading.js';

/** https://hl7.org/fhir/R4/http.html#patch: what is stored is what was checked (docs/adr/0142). */
@Injectable()
export class PatchInteraction {
  constructor(
    private readonly resources: ResourceRepository,
    private readonly hooks: WriteHooks,
    private readonly conditions: ConditionReader,
  ) {}

  /** Returns the interaction as a part of a transaction. */
  within(tx: ResourceRepository): PatchInteraction {
    return new PatchInteraction(tx, this.hooks, this.conditions);
  }

  async run(context: RequestContext, type: string, id: string, sent: SentPatch): Promise<Written> {
    return this.resources.writeOne(this.edit(context, { type, id }, sent));
  }

  /** The one resource that matches. */
  async runConditional(
    context: RequestContext,
    type: string,
    query: URLSearchParams,
    sent: SentPatch,
  ): Promise<Written> {
    const condition = this.conditions.ofRequestLine(context, type, query);
    // The result is checked once, also where the match is looked for again.
    let change: Edit | undefined;
    const changeIn = async (tx: ResourceRepository): Promise<Edit> => {
      const matched = exactlyOne(context, condition, await this.conditions.match(context, tx, condition));
      if (change?.id !== matched.id) change = this.edit(context, { type, id: matched.id }, sent);
      return { ...change, matched };
    };
    const { resources } = this;
    const written = resources.isTransaction ? undefined : await resources.writeMatched(await changeIn(resources));
    return written ?? resources.transaction(context.caller, async (tx) => tx.writeOne(await changeIn(tx)));
  }

  /** The change that a patch makes; also for an entry of a transaction. */
  edit(context: RequestContext, address: Pick<Edit, 'type' | 'id'>, { patch, ifMatch }: SentPatch): Edit {
    const { type } = address;
    const access = context.accessTo(type, 'u');
    const alsoWithin = requireReading(context, type, patch);
    return {
      kind: 'edit',
      access,
      alsoWithin,
      reading: context.accessIfAny(type, 'r'),
      ...address,
      edit: (current) => this.patched(context, type, current, patch),
      ...(ifMatch !== undefined && { ifMatch }),
    };
  }

  private async patched(context: RequestContext, type: string, current: JsonObject, patch: Patch): Promise<Content> {
    const resource = patch.apply(current);
    requireLabels(current, resource);
    return this.hooks.run({ interaction: 'patch', type, resource, context });
  }
}

export interface SentPatch {
  readonly patch: Patch;
  /** As the header has it: `W/"3"`. */
  readonly ifMatch?: string | undefined;
}
