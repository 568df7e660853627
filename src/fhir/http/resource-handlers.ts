import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { RequestContext } from '../../scope/request-context.js';
import { decide } from '../../scope/request-decision.js';
import { CreateInteraction } from '../interactions/create.interaction.js';
import { DeleteInteraction } from '../interactions/delete.interaction.js';
import { HistoryInteraction } from '../interactions/history.interaction.js';
import { requireSameId } from '../interactions/parse-resource.js';
import { PatchInteraction } from '../interactions/patch.interaction.js';
import { readable } from '../interactions/readable.js';
import { ReadInteraction } from '../interactions/read.interaction.js';
import { SearchInteraction } from '../interactions/search/search.interaction.js';
import type { RepeatedCreate } from '../interactions/write-summary.js';
import { shownTo } from '../interactions/shown-to.js';
import { subsetVersion } from '../interactions/subset-version.js';
import { UpdateInteraction } from '../interactions/update.interaction.js';
import { VreadInteraction } from '../interactions/vread.interaction.js';
import { outcomeOf } from '../interactions/write-outcome.js';
import { FHIR_OPTIONS, type FhirOptions } from '../fhir-options.js';
import { type Subset, subsetOf } from '../../r4/model/subset.js';
import type { Content, Written } from '../storage/writing/change.js';
import { ResourceRepository } from '../storage/resource.repository.js';
import { StandbyReads } from '../storage/reading/standby-reads.js';
import type { StoredVersion } from '../storage/reading/stored-version.js';
import { budgetOf, sendFhir, sendSettled, sendVersion, sendWritten } from './answer/answer.js';
import { BinaryDownload } from './binary/binary-download.js';
import { BinaryUpload, type SentBinary } from './binary/binary-upload.js';
import type { FhirCall, FhirRequest } from './fhir-request.js';
import { withBody } from './idempotency-key.js';
import { BodyReader } from './body/read-body.js';
import { readPatch } from './body/read-patch.js';
import { representationOf } from './answer/representation.js';

/** HTTP in, interaction, HTTP out: shared by the Patient controller and the generic one. */
@Injectable()
export class ResourceHandlers {
  constructor(
    private readonly resources: ResourceRepository,
    private readonly standbyReads: StandbyReads,
    private readonly createInteraction: CreateInteraction,
    private readonly readInteraction: ReadInteraction,
    private readonly vreadInteraction: VreadInteraction,
    private readonly updateInteraction: UpdateInteraction,
    private readonly patchInteraction: PatchInteraction,
    private readonly deleteInteraction: DeleteInteraction,
    private readonly historyInteraction: HistoryInteraction,
    private readonly searchInteraction: SearchInteraction,
    private readonly binaryUpload: BinaryUpload,
    private readonly binaryDownload: BinaryDownload,
    private readonly bodies: BodyReader,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  async read(call: FhirCall, reply: FastifyReply): Promise<void> {
    const { type, id, interaction } = call;
    const subset = subsetOf(interaction.query, type);
    const version = await this.reading(call, reply, (context, from) =>
      this.readInteraction.run(context, type, id, from),
    );
    await this.sendRead(version, subset, reply);
  }

  async vread(call: FhirCall, reply: FastifyReply): Promise<void> {
    const { type, id, interaction } = call;
    const subset = subsetOf(interaction.query, type);
    const version = await this.reading(call, reply, (context, from) =>
      this.vreadInteraction.run(context, type, id, interaction.versionId ?? '', from),
    );
    await this.sendRead(version, subset, reply);
  }

  private async sendRead(version: StoredVersion, subset: Subset | undefined, reply: FastifyReply): Promise<void> {
    if (version.type === 'Binary' && !subset) return this.binaryDownload.send(version, reply);
    sendVersion(reply, await subsetVersion(version, subset));
  }

  /** History of a resource, a type or the system. */
  async history(call: FhirCall, reply: FastifyReply): Promise<void> {
    const { interaction } = call;
    const bundle = await this.reading(call, reply, (context, from) =>
      this.historyInteraction.run(context, interaction, interaction.query, {
        from,
        budget: budgetOf(reply.request, this.options),
      }),
    );
    sendFhir(reply, bundle);
  }

  /** `POST _search` unites the form and the query of the URL. */
  async search(call: FhirCall, reply: FastifyReply): Promise<void> {
    const { interaction, isForm, body, prefer } = call;
    const query = isForm
      ? new URLSearchParams([...interaction.query, ...new URLSearchParams(body)])
      : interaction.query;
    if (isForm) {
      if (call.context.trail) call.context.trail.form = body;
      decide(call.context, { interaction: { ...interaction, query } }).require();
      const request: FhirRequest = reply.request;
      request.representation = representationOf(request, query);
    }
    const bundle = await this.reading(call, reply, (context, from) =>
      this.searchInteraction.run(context, interaction, query, {
        from,
        handling: prefer.handling,
        budget: budgetOf(reply.request, this.options),
      }),
    );
    sendFhir(reply, bundle);
  }

  /** From the database that is to answer; `Age` (RFC 9111 section 5.1) tells that it was a standby. */
  private reading<T>(
    { context, maxStale }: FhirCall,
    reply: FastifyReply,
    read: (context: RequestContext, from: ResourceRepository) => Promise<T>,
  ): Promise<T> {
    const isOld = (seconds: number): void => void reply.header('age', String(seconds));
    return this.standbyReads.run({ context, maxStale, read, isOld });
  }

  async create(call: FhirCall, reply: FastifyReply): Promise<void> {
    const { context, type, interaction, once } = call;
    await this.receive(call, reply, ({ resource, external, digest }) => {
      const circumstances = { external, condition: interaction.condition };
      const asked = once && digest !== undefined ? withBody(once, digest) : once;
      return this.createInteraction.run(context, type, resource, { ...circumstances, once: asked });
    });
  }

  async update(call: FhirCall, reply: FastifyReply): Promise<void> {
    const { context, type, id, interaction, ifMatch, ifNoneMatch } = call;
    await this.receive(call, reply, ({ resource, external }) => {
      const sent = { resource, external, ifMatch, ifNoneMatch };
      if (id === '') return this.updateInteraction.runConditional(context, type, interaction.query, sent);
      requireSameId(resource, type, id);
      return this.updateInteraction.run(context, type, id, sent);
    });
  }

  /** Reads a resource and has it written; a Binary may also come as what it holds. */
  private async receive(
    call: FhirCall,
    reply: FastifyReply,
    write: (sent: Content & Pick<SentBinary, 'digest'>) => Promise<Written | RepeatedCreate>,
  ): Promise<void> {
    if (call.type !== 'Binary') {
      return this.written(call, reply, await write({ resource: await this.bodies.resource(call, call.type) }));
    }
    await this.binaryUpload.receive(call, reply.request, async (sent) => {
      const written = await write(sent);
      await this.written(sent.isContent ? withoutContent(call, sent) : call, reply, written);
      return written;
    });
  }

  async patch(call: FhirCall, reply: FastifyReply): Promise<void> {
    const { context, type, id, interaction, ifMatch } = call;
    const sent = { patch: await readPatch(call, this.bodies), ifMatch };
    const written = await (id === ''
      ? this.patchInteraction.runConditional(context, type, interaction.query, sent)
      : this.patchInteraction.run(context, type, id, sent));
    await this.written(call, reply, written);
  }

  async delete({ context, type, id, interaction, ifMatch }: FhirCall, reply: FastifyReply): Promise<void> {
    const [written, ...more] =
      id === ''
        ? await this.deleteInteraction.runConditional(context, type, interaction.query, ifMatch)
        : [await this.deleteInteraction.run(context, type, id, ifMatch)];
    if (written && more.length === 0) void reply.header('etag', `W/"${written.versionId}"`);
    void reply.code(204).send();
  }

  private async written(call: FhirCall, reply: FastifyReply, written: Written | RepeatedCreate): Promise<void> {
    if ('told' in written) return sendSettled(reply, this.options.base, written, call.prefer.return);
    const shown = shownTo(call.context, written);
    sendWritten(reply, this.options.base, shown, await this.bodyOf(call, shown));
  }

  /** Returns the body that `Prefer` asks for (https://hl7.org/fhir/R4/http.html#ops); the resource by default. */
  private async bodyOf({ context, prefer }: FhirCall, shown: Written): Promise<string | undefined> {
    if (prefer.return === 'minimal') return undefined;
    if (prefer.return === 'OperationOutcome') return JSON.stringify(outcomeOf(shown));
    return (await readable(context, this.resources, [shown])).has(shown) ? shown.body : undefined;
  }
}

/** Content goes back to its sender only on request, and large content never. */
function withoutContent(call: FhirCall, { external }: Content): FhirCall {
  const isShown = call.prefer.return !== undefined && !(external && call.prefer.return === 'representation');
  return isShown ? call : { ...call, prefer: { ...call.prefer, return: 'minimal' } };
}
