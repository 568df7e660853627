import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../scope/request-context.js';
import { WriteHooks } from '../hooks/write-hooks.js';
import type { JsonObject } from '../../r4/json/json.js';
import type { ExternalContent, Update, Written } from '../storage/writing/change.js';
import { ResourceRepository } from '../storage/resource.repository.js';
import { ConditionReader } from './conditional/condition-reader.js';
import { type UpdateTarget, updateTarget } from './conditional/resolve-condition.js';

/** https://hl7.org/fhir/R4/http.html#update: creates an unknown id only where no row limit applies. */
@Injectable()
export class UpdateInteraction {
  constructor(
    private readonly resources: ResourceRepository,
    private readonly hooks: WriteHooks,
    private readonly conditions: ConditionReader,
  ) {}

  /** Returns the interaction as a part of a transaction. */
  within(tx: ResourceRepository): UpdateInteraction {
    return new UpdateInteraction(tx, this.hooks, this.conditions);
  }

  async run(context: RequestContext, type: string, id: string, sent: SentVersion): Promise<Written> {
    return this.resources.writeOne(await this.change(context, type, id, sent));
  }

  /** https://hl7.org/fhir/R4/http.html#cond-update: what matches; if nothing does, a create under the access to create. */
  async runConditional(
    context: RequestContext,
    type: string,
    query: URLSearchParams,
    sent: SentVersion,
  ): Promise<Written> {
    const condition = this.conditions.ofRequestLine(context, type, query);
    // The content is checked once, also where the match is looked for again.
    let change: Update | undefined;
    const changeOf = async ({ id, matched, unmatched }: UpdateTarget & { id: string }): Promise<Update> => {
      if (change?.id !== id) change = await this.change(context, type, id, sent);
      return { ...change, ...(matched && { matched }), ...(unmatched !== undefined && { unmatched }) };
    };
    const target = async (tx: ResourceRepository): Promise<UpdateTarget> =>
      updateTarget(condition, await this.conditions.match(context, tx, condition), sent.resource, sent.ifMatch);
    const { id, matched } = this.resources.isTransaction ? {} : await target(this.resources);
    const written = matched && (await this.resources.writeMatched(await changeOf({ id: id!, matched })));
    if (written) return written;
    return this.resources.transaction(context.caller, async (tx) => {
      const found = await target(tx);
      if (found.id !== undefined) return tx.writeOne(await changeOf({ ...found, id: found.id }));
      const access = context.accessTo(type, 'c');
      const content = await this.hooks.run({ interaction: 'create', type, resource: sent.resource, context });
      const beside = sent.external && { external: sent.external };
      return tx.writeOne({ kind: 'create', access, type, id: tx.stamps.newId(type), ...content, ...beside });
    });
  }

  private async change(context: RequestContext, type: string, id: string, sent: SentVersion): Promise<Update> {
    const access = context.accessTo(type, 'u');
    const content = await this.hooks.run({ interaction: 'update', type, resource: sent.resource, context });
    const { ifMatch, ifNoneMatch, external } = sent;
    const condition = { ...(ifMatch !== undefined && { ifMatch }), ...(ifNoneMatch !== undefined && { ifNoneMatch }) };
    const reading = context.accessIfAny(type, 'r');
    return { kind: 'update', access, reading, type, id, ...content, ...condition, ...(external && { external }) };
  }
}

export interface SentVersion {
  readonly resource: JsonObject;
  /** As the header has it: `W/"3"`. */
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  /** Content of a Binary that is stored already, in place of `data`. */
  readonly external?: ExternalContent | undefined;
}
