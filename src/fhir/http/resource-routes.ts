import { Delete, Get, Inject, Patch, Post, Put, UseFilters, UseGuards } from '@nestjs/common';
import { JwtAuthGuard } from '../../auth/jwt-auth.guard.js';
import { Requires } from '../../scope/requires.decorator.js';
import { ScopeGuard } from '../../scope/scope.guard.js';
import { CreateInteraction } from '../interactions/create.interaction.js';
import { DeleteInteraction } from '../interactions/delete.interaction.js';
import { requireSameId } from '../interactions/parse-resource.js';
import { PatchInteraction } from '../interactions/patch.interaction.js';
import { readable } from '../interactions/readable.js';
import { ReadInteraction } from '../interactions/read.interaction.js';
import type { RepeatedCreate } from '../interactions/write-summary.js';
import { type ShownVersion, shownTo } from '../interactions/shown-to.js';
import { subsetVersion } from '../interactions/subset-version.js';
import { UpdateInteraction } from '../interactions/update.interaction.js';
import { VreadInteraction } from '../interactions/vread.interaction.js';
import { outcomeOf } from '../interactions/write-outcome.js';
import { FHIR_OPTIONS, type FhirOptions } from '../fhir-options.js';
import { type Subset, subsetOf } from '../../r4/model/subset.js';
import type { Content, Written } from '../storage/writing/change.js';
import { ResourceRepository } from '../storage/resource.repository.js';
import type { StoredVersion } from '../storage/reading/stored-version.js';
import { type FhirAnswer, repeatedAnswer, versionAnswer, writtenAnswer } from './answer/answer.js';
import { NegotiationGuard } from './answer/negotiation.guard.js';
import { WritesAnswers } from './answer/writes-answers.decorator.js';
import { BinaryDownload } from './binary/binary-download.js';
import { BinaryUpload, type SentBinary } from './binary/binary-upload.js';
import { Call, type FhirCall } from './fhir-request.js';
import { FhirExceptionFilter } from './fhir-exception.filter.js';
import { withBody } from './idempotency-key.js';
import { ReadBody } from './body/read-body.pipe.js';
import { BodyReader } from './body/read-body.js';
import { readPatch } from './body/read-patch.js';
import { SearchHandlers } from './search-handlers.js';

/** Routes of a resource type. What each needs is in `interactionRules`; rows are judged where they are stored. */
@UseGuards(JwtAuthGuard, ScopeGuard, NegotiationGuard)
@WritesAnswers()
@UseFilters(FhirExceptionFilter)
export abstract class ResourceRoutes {
  constructor(
    private readonly resources: ResourceRepository,
    private readonly createInteraction: CreateInteraction,
    private readonly readInteraction: ReadInteraction,
    private readonly vreadInteraction: VreadInteraction,
    private readonly updateInteraction: UpdateInteraction,
    private readonly patchInteraction: PatchInteraction,
    private readonly deleteInteraction: DeleteInteraction,
    private readonly searches: SearchHandlers,
    private readonly binaryUpload: BinaryUpload,
    private readonly binaryDownload: BinaryDownload,
    private readonly bodies: BodyReader,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  @Get()
  @Requires('search-type')
  search(@Call() call: FhirCall): Promise<FhirAnswer> {
    return this.searches.search(call);
  }

  @Post('_search')
  @Requires('search-type')
  searchByForm(@Call(ReadBody) call: FhirCall): Promise<FhirAnswer> {
    return this.searches.search(call);
  }

  @Get('_history')
  @Requires('history-type')
  historyOfType(@Call() call: FhirCall): Promise<FhirAnswer> {
    return this.searches.history(call);
  }

  @Get(':id')
  @Requires('read')
  async read(@Call() call: FhirCall): Promise<FhirAnswer> {
    const { type, id, interaction } = call;
    const subset = subsetOf(interaction.query, type);
    const version = await this.searches.reading(call, (context, from) =>
      this.readInteraction.run(context, type, id, from),
    );
    return this.readAnswer(call, version, subset);
  }

  @Get(':id/_history/:versionId')
  @Requires('vread')
  async vread(@Call() call: FhirCall): Promise<FhirAnswer> {
    const { type, id, interaction } = call;
    const subset = subsetOf(interaction.query, type);
    const version = await this.searches.reading(call, (context, from) =>
      this.vreadInteraction.run(context, type, id, interaction.versionId ?? '', from),
    );
    return this.readAnswer(call, version, subset);
  }

  private readAnswer(
    call: FhirCall,
    version: StoredVersion,
    subset: Subset | undefined,
  ): FhirAnswer | Promise<FhirAnswer> {
    if (version.type === 'Binary' && !subset) return this.binaryDownload.answer(call, version);
    const shown = subsetVersion(version, subset);
    return shown instanceof Promise ? shown.then(versionAnswer) : versionAnswer(shown);
  }

  @Get(':id/_history')
  @Requires('history-instance')
  history(@Call() call: FhirCall): Promise<FhirAnswer> {
    return this.searches.history(call);
  }

  @Post()
  @Requires('create')
  async create(@Call(ReadBody) call: FhirCall): Promise<FhirAnswer> {
    const { context, type, interaction, once } = call;
    return this.receive(call, ({ resource, external, digest }) => {
      const circumstances = { external, condition: interaction.condition };
      const asked = once && digest !== undefined ? withBody(once, digest) : once;
      return this.createInteraction.run(context, type, resource, { ...circumstances, once: asked });
    });
  }

  /** With an id or, without one, with criteria. */
  @Put(['', ':id'])
  @Requires('update')
  async update(@Call(ReadBody) call: FhirCall): Promise<FhirAnswer> {
    const { context, type, id, interaction, ifMatch, ifNoneMatch } = call;
    return this.receive(call, ({ resource, external }) => {
      const sent = { resource, external, ifMatch, ifNoneMatch };
      if (id === '') return this.updateInteraction.runConditional(context, type, interaction.query, sent);
      requireSameId(resource, type, id);
      return this.updateInteraction.run(context, type, id, sent);
    });
  }

  /** With an id or, without one, with criteria. */
  @Patch(['', ':id'])
  @Requires('patch')
  async patch(@Call(ReadBody) call: FhirCall): Promise<FhirAnswer> {
    const { context, type, id, interaction, ifMatch } = call;
    const sent = { patch: await readPatch(call, this.bodies), ifMatch };
    const written = await (id === ''
      ? this.patchInteraction.runConditional(context, type, interaction.query, sent)
      : this.patchInteraction.run(context, type, id, sent));
    return this.written(call, written);
  }

  /** With an id or, without one, with criteria. */
  @Delete(['', ':id'])
  @Requires('delete')
  async delete(@Call() { context, type, id, interaction, ifMatch }: FhirCall): Promise<FhirAnswer> {
    const [written, ...more] =
      id === ''
        ? await this.deleteInteraction.runConditional(context, type, interaction.query, ifMatch)
        : [await this.deleteInteraction.run(context, type, id, ifMatch)];
    const isOne = written && more.length === 0 && !written.isAbsent;
    return { status: 204, ...(isOne && { headers: { etag: `W/"${written.versionId}"` } }) };
  }

  /** Reads a resource and has it written; a Binary may also come as what it holds. */
  private async receive(
    call: FhirCall,
    write: (sent: Content & Pick<SentBinary, 'digest'>) => Promise<Written | RepeatedCreate>,
  ): Promise<FhirAnswer> {
    if (call.type !== 'Binary') {
      return this.written(call, await write({ resource: await this.bodies.resource(call, call.type) }));
    }
    let answer: FhirAnswer = {};
    await this.binaryUpload.receive(call, async (sent) => {
      const written = await write(sent);
      answer = await this.written(sent.isContent ? withoutContent(call, sent) : call, written);
      return written;
    });
    return answer;
  }

  private async written(call: FhirCall, written: Written | RepeatedCreate): Promise<FhirAnswer> {
    if ('told' in written) return repeatedAnswer(this.options.base, written, call.prefer.return);
    const shown = shownTo(call.context, written);
    return writtenAnswer(this.options.base, shown, await this.bodyOf(call, shown));
  }

  /** Returns the body that `Prefer` asks for (https://hl7.org/fhir/R4/http.html#ops); the resource by default. */
  private async bodyOf({ context, prefer }: FhirCall, shown: ShownVersion): Promise<string | undefined> {
    if (prefer.return === 'minimal') return undefined;
    if (prefer.return === 'OperationOutcome') return JSON.stringify(outcomeOf(shown));
    if (shown.isUnshown) return undefined;
    return (await readable(context, this.resources, [shown])).has(shown) ? shown.body : undefined;
  }
}

/** Content goes back to its sender only on request, and large content never. */
function withoutContent(call: FhirCall, { external }: Content): FhirCall {
  const isShown = call.prefer.return !== undefined && !(external && call.prefer.return === 'representation');
  return isShown ? call : { ...call, prefer: { ...call.prefer, return: 'minimal' } };
}
