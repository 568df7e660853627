import { Inject, Injectable } from '@nestjs/common';
import { FhirError, ResourceNotFound } from '../../../r4/errors/fhir-error.js';
import { listed } from '../../../r4/errors/listed.js';
import type { JsonObject } from '../../../r4/json/json.js';
import { SearchParameters } from '../../../r4/search/parameters/search-parameters.js';
import { Refused } from '../../../refusal/refusal.js';
import type { RequestContext } from '../../../scope/request-context.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { WriteHooks } from '../../hooks/write-hooks.js';
import { ResourceRepository } from '../../storage/resource.repository.js';
import { SearchDefinitions } from '../../storage/indexing/search-definitions.js';
import { findReferrers } from '../../storage/searching/find-referrers.js';
import { referringCodes } from '../../storage/searching/referring-codes.js';
import { type Change, ChangesFailed, type Content, type Edit, type Written } from '../../storage/writing/change.js';
import { keyOf, type ResourceKey } from '../../storage/writing/resource-key.js';
import { replaceReference } from './replace-reference.js';
import type { AtomicCall } from '../jobs/atomic-operation.js';
import { usualChanges } from '../erasing/purge.operation.js';

/** One resource that is changed, and how. */
export interface Rewritten extends ResourceKey {
  readonly edit: (current: JsonObject) => JsonObject;
  /** The version that it has to have, as `3`. */
  readonly ifMatch?: string;
}

/** The written resources, in the order of the changes. */
export interface Rewriting {
  readonly written: readonly Written[];
  /** The Provenance that tells of it. */
  readonly provenance: Written;
}

/** Codes of HL7's DataOperation (http://terminology.hl7.org/CodeSystem/v3-DataOperation) and of ours. */
export interface Activity {
  readonly code: 'merge' | 'replace-references' | 'undo-merge';
  readonly display: string;
  /** Resources that took part beside the targets, and their role. */
  readonly entities: readonly JsonObject[];
}

/** Times the usual number of resources that a call which is answered later may change. */
const laterTimes = 20;
/** Changes of one write. */
const atOnce = 500;

/** 422: more refers to it than one transaction may change. */
export class TooManyReferrers extends FhirError {
  readonly status = 422;
  constructor(key: string, most: number) {
    super({
      code: 'too-costly',
      diagnostics:
        `More than ${most} resources refer to ${key}. Send Prefer: respond-async, so that it is done beside requests, or raise ` +
        'the setting OPERATION_CHANGES_MAX (or the parameter count).',
    });
  }
}

/** Undoes the transaction of a preview. */
class PreviewOver extends Error {
  override readonly name = 'PreviewOver';
}

/** Changes many resources as their caller could change each: all or none, in one transaction (ADR 89). */
@Injectable()
export class Rewrite {
  // oxlint-disable-next-line max-params -- Nest injects them
  constructor(
    readonly resources: ResourceRepository,
    private readonly hooks: WriteHooks,
    private readonly parameters: SearchParameters,
    private readonly definitions: SearchDefinitions,
    @Inject(FHIR_OPTIONS) readonly options: FhirOptions,
  ) {}

  /** Resources that one call may change; more where it is answered later. */
  mostChanges(isLater: boolean): number {
    const { changesMax = usualChanges } = this.options;
    return isLater ? changesMax * laterTimes : changesMax;
  }

  /**
   * Runs `work`, which makes the answer, in one transaction; of a preview nothing is kept. Throws one and the same refusal for all that is
   * out of reach.
   */
  async during(
    { context, keep }: Pick<AtomicCall, 'context' | 'keep'>,
    isPreview: boolean,
    work: (tx: ResourceRepository) => Promise<object>,
  ): Promise<object> {
    let done: object | undefined;
    try {
      return await this.resources.transaction(context.caller, async (tx) => {
        done = await work(tx);
        if (isPreview) throw new PreviewOver();
        await keep(tx, done);
        return done;
      });
    } catch (error) {
      if (error instanceof PreviewOver) return done!;
      throw error instanceof ChangesFailed ? error.failures[0].error : error;
    }
  }

  /** Resources that refer to one resource and shall refer to another. Throws {@link TooManyReferrers}. */
  async referrersOf(
    tx: ResourceRepository,
    { from, to }: { readonly from: ResourceKey; readonly to: ResourceKey },
    most: number,
  ): Promise<readonly Rewritten[]> {
    const codes = referringCodes(this.parameters, from.type);
    this.definitions.requireSearchable();
    const found = await tx.beside((session) => findReferrers(session, from, codes, most));
    if (found.length > most) throw new TooManyReferrers(keyOf(from), most);
    const replacement = { from: keyOf(from), to: keyOf(to), base: this.options.base };
    return found
      .filter((one) => keyOf(one) !== keyOf(from) && keyOf(one) !== keyOf(to))
      .map(({ type, id }) => ({ type, id, edit: (current) => replaceReference(current, replacement) }));
  }

  /** Writes the changes, and says so in a Provenance. */
  async write(
    tx: ResourceRepository,
    context: RequestContext,
    changes: readonly Rewritten[],
    activity: Activity,
  ): Promise<Rewriting> {
    const written = await this.change(tx, context, changes);
    return { written, provenance: await this.tell(tx, context, written, activity) };
  }

  /** Writes the changes, some at a time. */
  async change(
    tx: ResourceRepository,
    context: RequestContext,
    changes: readonly Rewritten[],
  ): Promise<readonly Written[]> {
    const written: Written[] = [];
    for (let first = 0; first < changes.length; first += atOnce) {
      const some = changes.slice(first, first + atOnce);
      const edits = some.map((one) => this.editOf(context, one));
      written.push(...(await tx.write(edits).catch((error: unknown) => changedOrHidden(error, some))));
    }
    return written;
  }

  /** Provenance of what was written: its targets name the versions that are there now. */
  async tell(
    tx: ResourceRepository,
    context: RequestContext,
    written: readonly Written[],
    { code, display, entities }: Activity,
  ): Promise<Written> {
    const { principal } = context;
    const changed = written.filter(({ unchanged }) => !unchanged);
    const resource = {
      resourceType: 'Provenance',
      target: changed.filter(({ deleted }) => !deleted).map((one) => ({ reference: versionOf(one) })),
      recorded: new Date().toISOString(),
      activity: { coding: [{ system: `${this.options.base}/CodeSystem/data-operation`, code, display }] },
      agent: [
        {
          who: principal.fhirUser
            ? { reference: `${principal.fhirUser.type}/${principal.fhirUser.id}` }
            : { identifier: { system: principal.issuer, value: principal.subject } },
        },
      ],
      entity: [
        ...entities,
        // A reference would hold what is gone.
        ...changed
          .filter(({ deleted }) => deleted)
          .map((one) => ({
            role: 'removal',
            what: { identifier: { system: this.options.base, value: versionOf(one) } },
          })),
      ],
    } as unknown as JsonObject;
    const access = context.accessTo('Provenance', 'c');
    const content = await this.hooks.run({ interaction: 'create', type: 'Provenance', resource, context });
    return tx.writeOne({ kind: 'create', access, type: 'Provenance', id: tx.stamps.newId('Provenance'), ...content });
  }

  /** The content of an update, if it may be stored. */
  checked(context: RequestContext, type: string, resource: JsonObject): Promise<Content> {
    return this.hooks.run({ interaction: 'update', type, resource, context });
  }

  private editOf(context: RequestContext, { type, id, edit, ifMatch }: Rewritten): Change {
    const made: Omit<Edit, 'access' | 'alsoWithin' | 'reading'> = {
      kind: 'edit',
      type,
      id,
      edit: (current) => this.checked(context, type, edit(current)),
      ...(ifMatch !== undefined && { ifMatch }),
    };
    try {
      // That it refers to the other one is told of what is stored, so it has to be readable as well (ADR 35).
      const reading = context.accessTo(type, 'r');
      return { ...made, access: context.accessTo(type, 'u'), alsoWithin: reading, reading };
    } catch (error) {
      return beyondReach(error);
    }
  }
}

const versionOf = ({ type, id, versionId }: Written): string => `${type}/${id}/_history/${versionId}`;

/** 409: what is to be put back is not as it was left. */
export class ChangedSince extends FhirError {
  readonly status = 409;
  constructor(keys: readonly string[]) {
    super({
      code: 'conflict',
      diagnostics: `Nothing was undone, since these were changed afterwards: ${listed(keys, 20)}. Put these right by hand first, or leave it as it is.`,
    });
  }
}

function changedOrHidden(error: unknown, changes: readonly Rewritten[]): never {
  const failures = error instanceof ChangesFailed ? error.failures : [];
  const changed = failures.filter(
    ({ index, error: { status } }) => changes[index]!.ifMatch !== undefined && isChanged(status),
  );
  if (changed.length > 0 && changed.length === failures.length)
    throw new ChangedSince(changed.map(({ index }) => keyOf(changes[index]!)));
  return beyondReach(error);
}

/** Another version, or deleted. */
const isChanged = (status: number): boolean => status === 412 || status === 410;

const hidden: ReadonlySet<number> = new Set([403, 404, 410]);

/** Nothing is said of a resource that is out of reach, but that there is one. */
export function beyondReach(error: unknown): never {
  const first = error instanceof ChangesFailed ? error.failures[0].error : error;
  const isHidden =
    first instanceof Refused ||
    first instanceof ResourceNotFound ||
    (first instanceof FhirError && hidden.has(first.status));
  if (!isHidden) throw first;
  throw new Refused([
    {
      code: 'operation-not-granted',
      fact: 'Some resource that would be changed is out of reach of this token, or may not be written by it as it would become, so nothing was changed.',
      cure: 'Have it done with a token that may read and update every resource of both records.',
    },
  ]);
}
