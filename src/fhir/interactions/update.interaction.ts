import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../scope/request-context.js';
import { WriteHooks } from '../hooks/write-hook.js';
import type { JsonObject } from '../model/json.js';
import type { ExternalContent, Written } from '../storage/change.js';
import { ResourceRepository } from '../storage/resource.repository.js';

/** https://hl7.org/fhir/R4/http.html#update: creates an unknown id only where no row limit applies (decision 3). */
@Injectable()
export class UpdateInteraction {
  constructor(
    private readonly resources: ResourceRepository,
    private readonly hooks: WriteHooks,
  ) {}

  async run(context: RequestContext, type: string, id: string, sent: SentVersion): Promise<Written> {
    const access = context.accessTo(type, 'u');
    const content = await this.hooks.run({ interaction: 'update', type, resource: sent.resource, context });
    const { ifMatch, ifNoneMatch, external } = sent;
    const condition = { ...(ifMatch !== undefined && { ifMatch }), ...(ifNoneMatch !== undefined && { ifNoneMatch }) };
    const beside = external && { external };
    return this.resources.writeOne({ kind: 'update', access, type, id, ...content, ...condition, ...beside });
  }
}

export interface SentVersion {
  readonly resource: JsonObject;
  /** As the header has it: `W/"3"`. */
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  /** Of a Binary: what is stored already in place of `data`. */
  readonly external?: ExternalContent | undefined;
}
