import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { decideRequest } from '../../scope/request-decision.js';
import { CreateInteraction } from '../interactions/create.interaction.js';
import { DeleteInteraction } from '../interactions/delete.interaction.js';
import { HistoryInteraction } from '../interactions/history.interaction.js';
import { parseResource, requireSameId } from '../interactions/parse-resource.js';
import { readable } from '../interactions/readable.js';
import { ReadInteraction } from '../interactions/read.interaction.js';
import { SearchInteraction } from '../interactions/search.interaction.js';
import { UpdateInteraction } from '../interactions/update.interaction.js';
import { VreadInteraction } from '../interactions/vread.interaction.js';
import { FHIR_OPTIONS, type FhirOptions } from '../model/fhir-options.js';
import type { Written } from '../storage/change.js';
import { ResourceRepository } from '../storage/resource.repository.js';
import { sendFhir, sendVersion, sendWritten } from './answer.js';
import type { FhirCall } from './fhir-request.js';
import { requireFormat } from './media-types.js';

/** HTTP in, interaction, HTTP out: shared by the Patient controller and the generic one. */
@Injectable()
export class ResourceHandlers {
  constructor(
    private readonly resources: ResourceRepository,
    private readonly createInteraction: CreateInteraction,
    private readonly readInteraction: ReadInteraction,
    private readonly vreadInteraction: VreadInteraction,
    private readonly updateInteraction: UpdateInteraction,
    private readonly deleteInteraction: DeleteInteraction,
    private readonly historyInteraction: HistoryInteraction,
    private readonly searchInteraction: SearchInteraction,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  async read({ context, type, id }: FhirCall, reply: FastifyReply): Promise<void> {
    sendVersion(reply, await this.readInteraction.run(context, type, id));
  }

  async vread({ context, type, id, interaction }: FhirCall, reply: FastifyReply): Promise<void> {
    sendVersion(reply, await this.vreadInteraction.run(context, type, id, interaction.versionId ?? ''));
  }

  async history({ context, type, id, interaction }: FhirCall, reply: FastifyReply): Promise<void> {
    sendFhir(reply, await this.historyInteraction.run(context, type, id, interaction.query));
  }

  /** `POST _search` unites the form and the query of the URL. */
  async search({ context, type, interaction, isForm, body }: FhirCall, reply: FastifyReply): Promise<void> {
    const query = isForm
      ? new URLSearchParams([...interaction.query, ...new URLSearchParams(body)])
      : interaction.query;
    if (isForm) {
      decideRequest(context, { ...interaction, query });
      requireFormat(query);
    }
    sendFhir(reply, await this.searchInteraction.run(context, type, query));
  }

  async create(call: FhirCall, reply: FastifyReply): Promise<void> {
    const resource = parseResource(call.body, call.type);
    await this.written(call, reply, await this.createInteraction.run(call.context, call.type, resource));
  }

  async update(call: FhirCall, reply: FastifyReply): Promise<void> {
    const { context, type, id, ifMatch } = call;
    const resource = parseResource(call.body, type);
    requireSameId(resource, type, id);
    await this.written(call, reply, await this.updateInteraction.run(context, type, id, { resource, ifMatch }));
  }

  async delete({ context, type, id, ifMatch }: FhirCall, reply: FastifyReply): Promise<void> {
    const { versionId } = await this.deleteInteraction.run(context, type, id, ifMatch);
    void reply.code(204).header('etag', `W/"${versionId}"`).send();
  }

  private async written(call: FhirCall, reply: FastifyReply, written: Written): Promise<void> {
    const shown = !call.minimal && (await readable(call.context, this.resources, written));
    sendWritten(reply, this.options.base, written, shown);
  }
}
