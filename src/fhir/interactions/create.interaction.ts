import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { RequestContext } from '../../scope/request-context.js';
import { WriteHooks } from '../hooks/write-hook.js';
import type { JsonObject } from '../model/json.js';
import type { ExternalContent, Written } from '../storage/change.js';
import { ResourceRepository } from '../storage/resource.repository.js';

/** https://hl7.org/fhir/R4/http.html#create: the server chooses the id; an id in the body is ignored. */
@Injectable()
export class CreateInteraction {
  constructor(
    private readonly resources: ResourceRepository,
    private readonly hooks: WriteHooks,
  ) {}

  /** `external`: of a Binary, what is stored already in place of `data`. */
  async run(context: RequestContext, type: string, sent: JsonObject, external?: ExternalContent): Promise<Written> {
    const access = context.accessTo(type, 'c');
    const content = await this.hooks.run({ interaction: 'create', type, resource: sent, context });
    return this.resources.writeOne({
      kind: 'create',
      access,
      type,
      id: uuidv7(),
      ...content,
      ...(external && { external }),
    });
  }
}
