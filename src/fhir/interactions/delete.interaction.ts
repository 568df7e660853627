import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../scope/request-context.js';
import type { Written } from '../storage/change.js';
import { ResourceRepository } from '../storage/resource.repository.js';

/** https://hl7.org/fhir/R4/http.html#delete: a second delete changes nothing and succeeds. */
@Injectable()
export class DeleteInteraction {
  constructor(private readonly resources: ResourceRepository) {}

  async run(context: RequestContext, type: string, id: string, ifMatch?: string): Promise<Written> {
    const access = context.accessTo(type, 'd');
    const condition = ifMatch === undefined ? {} : { ifMatch };
    return this.resources.writeOne({ kind: 'delete', access, type, id, ...condition });
  }
}
