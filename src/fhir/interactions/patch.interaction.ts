import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../scope/request-context.js';
import { WriteHooks } from '../hooks/write-hook.js';
import type { JsonObject } from '../model/json.js';
import type { Content, Edit, Written } from '../storage/change.js';
import { ResourceRepository } from '../storage/resource.repository.js';
import { Conditions } from './conditions.js';
import { exactlyOne } from './resolve-condition.js';
import type { Patch } from './read-patch.js';
import { requireLabels } from './require-labels.js';

/** https://hl7.org/fhir/R4/http.html#patch: read, patched, checked and written under one lock. */
@Injectable()
export class PatchInteraction {
  constructor(
    private readonly resources: ResourceRepository,
    private readonly hooks: WriteHooks,
    private readonly conditions: Conditions,
  ) {}

  /** The same as a part of a transaction. */
  within(tx: ResourceRepository): PatchInteraction {
    return new PatchInteraction(tx, this.hooks, this.conditions);
  }

  async run(context: RequestContext, type: string, id: string, sent: SentPatch): Promise<Written> {
    return this.resources.writeOne(this.change(context, type, id, sent));
  }

  /** The one resource that matches. */
  async runConditional(
    context: RequestContext,
    type: string,
    query: URLSearchParams,
    sent: SentPatch,
  ): Promise<Written> {
    const condition = this.conditions.ofRequestLine(context, type, query);
    return this.resources.transaction(async (tx) => {
      const matched = exactlyOne(context, condition, await this.conditions.match(context, tx, condition));
      return tx.writeOne({ ...this.change(context, type, matched.id, sent), matched });
    });
  }

  private change(context: RequestContext, type: string, id: string, sent: SentPatch): Edit {
    const access = context.accessTo(type, 'u');
    const edit = (current: JsonObject) => this.patched(context, type, current, sent.patch);
    const ifMatch = sent.ifMatch === undefined ? {} : { ifMatch: sent.ifMatch };
    return { kind: 'edit', access, type, id, edit, ...ifMatch };
  }

  /** The content that the patch makes of the current one; also for an entry of a transaction. */
  async patched(context: RequestContext, type: string, current: JsonObject, patch: Patch): Promise<Content> {
    const resource = patch(current);
    requireLabels(current, resource);
    return this.hooks.run({ interaction: 'patch', type, resource, context });
  }
}

export interface SentPatch {
  readonly patch: Patch;
  /** As the header has it: `W/"3"`. */
  readonly ifMatch?: string | undefined;
}
