import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../scope/request-context.js';
import { ResourceGone, ResourceNotFound } from '../model/fhir-error.js';
import { ResourceRepository } from '../storage/resource.repository.js';
import type { StoredVersion } from '../storage/stored-version.js';

/** https://hl7.org/fhir/R4/http.html#read */
@Injectable()
export class ReadInteraction {
  constructor(private readonly resources: ResourceRepository) {}

  async run(context: RequestContext, type: string, id: string, from = this.resources): Promise<StoredVersion> {
    const found = await from.find(context.accessTo(type, 'r'), id);
    if (!found) throw new ResourceNotFound(type, id);
    if (found.deleted) throw new ResourceGone(type, id);
    return found;
  }
}
