import { Injectable } from '@nestjs/common';
import { notFound } from '../../scope/explain/not-found.js';
import type { RequestContext } from '../../scope/request-context.js';
import { ResourceGone } from '../../r4/errors/fhir-error.js';
import { ResourceRepository } from '../storage/resource.repository.js';
import type { StoredVersion } from '../storage/reading/stored-version.js';

/** https://hl7.org/fhir/R4/http.html#read */
@Injectable()
export class ReadInteraction {
  constructor(private readonly resources: ResourceRepository) {}

  async run(context: RequestContext, type: string, id: string, from = this.resources): Promise<StoredVersion> {
    const access = context.accessTo(type, 'r');
    const found = await from.find(access, id);
    if (!found) throw notFound(access, id);
    if (found.deleted) throw new ResourceGone(type, id);
    return found;
  }
}
