import { Inject, Injectable } from '@nestjs/common';
import { InvalidRequest, type Issue } from '../../../r4/errors/fhir-error.js';
import { listed } from '../../../r4/errors/listed.js';
import { type CursorBinding, CursorSeal } from '../../../r4/search/query/cursor.js';
import type { RequestContext } from '../../../scope/request-context.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { SearchHooks } from '../../hooks/search-hooks.js';
import { type BundleLink, bundleText, outcomeEntries, searchEntry } from '../../interactions/bundle/bundle-text.js';
import { allAccesses } from '../../interactions/search/linked-accesses.js';
import { narrowedTargets } from '../../interactions/search/narrowed-targets.js';
import { fingerprintOf, openPage } from '../../interactions/search/open-page.js';
import { SearchInteraction } from '../../interactions/search/search.interaction.js';
import { withheldNotice } from '../../interactions/search/withheld-notice.js';
import { Terminology } from '../../interactions/terminology/terminology.js';
import { ResourceRepository } from '../../storage/resource.repository.js';
import { membersOf } from '../exporting/group-members.js';
import { JsonAnswer, type Operation } from '../operation.js';
import { besideRows } from './beside-rows.js';
import { everythingDeclaration } from './everything-declaration.js';
import {
  type EverythingCall,
  type EverythingRequest,
  isBeside,
  ownPatient,
  readEverything,
  recordTypes,
} from './read-everything.js';
import { type RecordOf, RecordRows } from './record-rows.js';
import { type Walk, type WalkPlace, walkRecords } from './record-walk.js';

/** Types that the caller may not read, as far as an answer lists them. */
const mostListed = 10;

/**
 * `$everything` (https://hl7.org/fhir/R4/patient-operation-everything.html): whole records page by page, each row judged as a search and a
 * read of its caller judge it (ADR 81).
 */
@Injectable()
export class EverythingOperation implements Operation<typeof everythingDeclaration> {
  readonly declaration = everythingDeclaration;

  // oxlint-disable-next-line max-params -- Nest injects them
  constructor(
    private readonly searches: SearchInteraction,
    readonly hooks: SearchHooks,
    readonly terminology: Terminology,
    readonly resources: ResourceRepository,
    private readonly seal: CursorSeal,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  async run(call: EverythingCall): Promise<object> {
    const { context, budget } = call;
    const request = readEverything(call, this.options);
    const records = await this.recordsOf(call);
    const { types, missing } = typesIn(call, request);
    const walk = { context, records, types, rows: new RecordRows(context, this.searches, request), budget };
    const bound = this.bindingOf(call, request, walk);
    const after = request.cursor === undefined ? undefined : this.placeIn(request.cursor, bound);
    const page = await walkRecords(this, walk, request.count, after);
    const beside = await besideRows(this, page.rows, {
      context,
      parameters: this.searches.parameters,
      budget,
      base: this.options.base,
      most: this.options.includeMax,
      takes: (type) => takesBeside(call, request, type),
    });
    const { base } = this.options;
    const accesses = types.map((type) => context.accessTo(type, 's'));
    const remarks = [...(after ? [] : missing), ...beside.issues, ...withheldNotice(context, accesses)];
    const entries = [
      ...page.rows.map((row) => searchEntry(base, row, 'match')),
      ...beside.rows.map((row) => searchEntry(base, row, 'include')),
      ...outcomeEntries(remarks),
    ];
    return new JsonAnswer(bundleText('searchset', this.links(bound, request, page.next), entries));
  }

  /** Whose records are asked for, in the order of their ids; throws 404, 410 and 403 as a read does. */
  private async recordsOf({ context, records, type, id }: EverythingCall): Promise<readonly RecordOf[]> {
    if (id === undefined) return this.soleRecord(context);
    await records.read(type!, id);
    if (type !== 'Group') return [{ owner: type as RecordOf['owner'], id }];
    const reading = { access: context.accessTo('Group', 'r'), base: this.options.base, from: this.resources };
    const { patients } = await membersOf(reading, id);
    const ids = patients.map((one) => one.slice('Patient/'.length));
    return [...new Set(ids)].toSorted().map((one) => ({ owner: 'Patient', id: one }));
  }

  /** The patient that the caller reaches, where it is one. */
  private async soleRecord(context: RequestContext): Promise<readonly RecordOf[]> {
    const targets = await narrowedTargets(this, context, [{ type: 'Patient', criteria: [] }]);
    const found = await this.resources.search(targets, { count: 1 }, (type) => context.accessTo(type, 's'));
    if (!found.hasNext) return found.rows.map(({ id }) => ({ owner: 'Patient', id }));
    const diagnostics =
      'The token reaches more than one patient, so that Patient/$everything does not say whose record is meant. ' +
      'Ask for Patient/<id>/$everything, Group/<id>/$everything, or export many records by Patient/$export.';
    throw new InvalidRequest({ code: 'too-costly', diagnostics });
  }

  private bindingOf({ context, type, id }: EverythingCall, request: EverythingRequest, walk: Walk): CursorBinding {
    const { start, end, since, types, count } = request;
    const asked: readonly (readonly [string, string | undefined])[] = [
      ['start', start],
      ['end', end],
      ['_since', since],
      ['_type', types?.join(',')],
      ['_count', String(count)],
    ];
    const query = asked.flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
    );
    const path = [type, id].filter((part) => part !== undefined).join('/');
    return {
      query: `${path}/$everything?${query.join('&')}`,
      access: fingerprintOf(walk.types.flatMap((one) => [context.accessTo(one, 's'), context.accessTo(one, 'r')])),
    };
  }

  private placeIn(cursor: string, bound: CursorBinding): WalkPlace {
    return JSON.parse(openPage(this.seal, cursor, bound).after ?? '') as WalkPlace;
  }

  private links(bound: CursorBinding, { cursor }: EverythingRequest, next: WalkPlace | undefined) {
    const address = `${this.options.base}/${bound.query}`;
    const links: BundleLink[] = [
      { relation: 'self', url: cursor === undefined ? address : `${address}&_cursor=${cursor}` },
    ];
    if (next) {
      const sealed = this.seal.seal({ after: JSON.stringify(next) }, bound);
      links.push({ relation: 'next', url: `${address}&_cursor=${sealed}` });
    }
    return links;
  }
}

/** The types of rows, the owner of the record first, and which are left out. Throws Refused for types that were named. */
function typesIn({ context, type }: EverythingCall, { types: named }: EverythingRequest) {
  const owner = type === 'Group' ? 'Patient' : type!;
  const offered = [owner, ...recordTypes[owner]!.filter((one) => one !== owner)];
  const may = (one: string): boolean => context.may(one, 's') && context.may(one, 'r');
  if (named) for (const permission of ['s', 'r'] as const) allAccesses(context, named, permission);
  const asked = named ? offered.filter((one) => named.includes(one)) : offered;
  const left = asked.filter((one) => !may(one));
  const missing: readonly Issue[] = left.length === 0 ? [] : [leftOut(left)];
  return { types: asked.filter(may), missing };
}

/** The patient of an encounter comes beside it. */
const takesBeside = ({ type = '' }: EverythingCall, { types }: EverythingRequest, one: string): boolean =>
  (isBeside(one) || one === ownPatient(type)) && (types?.includes(one) ?? true);

const leftOut = (types: readonly string[]): Issue => ({
  severity: 'warning',
  code: 'suppressed',
  diagnostics: `Left out are ${listed(types, mostListed)}, which the token does not permit to search and to read.`,
});
