import { Injectable } from '@nestjs/common';
import { objectsOf, textOf } from '../../../r4/json/items.js';
import { isObject, type JsonObject, parseJson } from '../../../r4/json/json.js';
import { type LocalReference, parseReference } from '../../../r4/model/reference.js';
import { FhirError, ResourceNotFound } from '../../../r4/errors/fhir-error.js';
import type { RequestContext } from '../../../scope/request-context.js';
import type { ResourceRepository } from '../../storage/resource.repository.js';
import type { Written } from '../../storage/writing/change.js';
import { declaredCounts } from '../counts-by-type.js';
import type { AtomicCall } from '../jobs/atomic-operation.js';
import type { Operation, OperationDeclaration } from '../operation.js';
import { CannotMerge } from './merged-patients.js';
import { countsOf, provenanceOf, referenceTo } from './rewrite-answer.js';
import { beyondReach, ChangedSince, Rewrite, type Rewritten } from './rewrite.js';

const declaration = {
  code: 'undo-merge',
  level: ['type', 'system'],
  types: ['Patient'],
  affectsState: true,
  async: true,
  access: [
    { permission: 'r', type: 'Provenance' },
    { permission: 'c', type: 'Provenance' },
  ],
  also: 'any',
  parameters: [
    {
      name: 'provenance',
      type: 'Reference',
      min: 1,
      documentation: 'The Provenance that $merge or $replace-references answered.',
    },
    { name: 'preview', type: 'boolean', documentation: 'Change nothing, and say what would be put back.' },
  ],
  returns: [
    declaredCounts('changed', 'Resources of one type that are as they were before.'),
    { name: 'provenance', type: 'Reference', documentation: 'What tells of the undoing.' },
  ],
  documentation:
    'Undoes $merge or $replace-references: all resources get the content that they had before, as new versions, or none, if one of them was ' +
    'changed since; the answer (409) names those. Parameters: provenance, preview.',
} as const satisfies OperationDeclaration;

type Version = LocalReference & { readonly versionId: string };

/** The source and the target change beside what refers to the source. */
const endsOfMerge = 2;

/** 422: more was changed than one transaction may put back. Anybody may write a Provenance, with any number of targets. */
class TooManyToUndo extends FhirError {
  readonly status = 422;
  constructor(most: number) {
    super({
      code: 'too-costly',
      diagnostics:
        `The Provenance names more than ${most} resources. Send Prefer: respond-async, so that it is done beside requests, or raise the ` +
        'setting OPERATION_CHANGES_MAX.',
    });
  }
}

/** `$undo-merge` (ADR 89). */
@Injectable()
export class UndoMergeOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(private readonly rewrite: Rewrite) {}

  async run(call: AtomicCall<typeof declaration>): Promise<object> {
    const { context, records, parameters, isLater } = call;
    const { provenance: named, preview: isPreview = false } = parameters;
    const { base } = this.rewrite.options;
    const key = parseReference(textOf(named['reference']), base);
    if (key?.type !== 'Provenance') throw new CannotMerge('provenance is a reference to a Provenance of this server.');
    const provenance = await records.read('Provenance', key.id);
    const { live, gone } = versionsIn(provenance, base);
    const most = this.rewrite.mostChanges(isLater) + endsOfMerge;
    if (live.length + gone.length > most) throw new TooManyToUndo(most);
    return this.rewrite.during(call, isPreview, async (tx) => {
      const restored: Written[] = [];
      for (const version of gone) restored.push(await this.revive(tx, context, version));
      const changes: Rewritten[] = [];
      for (const { type, id, versionId } of live) {
        const content = await previous(tx, context, { type, id, versionId });
        changes.push({ type, id, ifMatch: versionId, edit: () => content });
      }
      restored.push(...(await this.rewrite.change(tx, context, changes)));
      const entities = [{ role: 'source', what: referenceTo(key, base) }];
      const activity = { code: 'undo-merge', display: 'Merge undone', entities } as const;
      const done = { written: restored, provenance: await this.rewrite.tell(tx, context, restored, activity) };
      return {
        resourceType: 'Parameters',
        parameter: [...countsOf(done.written), ...provenanceOf(done, isPreview)],
      };
    });
  }

  /** A deleted resource as it was, if it is still deleted. */
  private async revive(tx: ResourceRepository, context: RequestContext, version: Version): Promise<Written> {
    const { type, id, versionId } = version;
    try {
      const reading = context.accessTo(type, 'r');
      const current = await tx.find(reading, id);
      if (!current) throw new ResourceNotFound(version);
      if (!current.deleted || String(current.versionId) !== versionId) throw new ChangedSince([`${type}/${id}`]);
      const content = await this.rewrite.checked(context, type, await previous(tx, context, version));
      const access = context.accessTo(type, 'u');
      return await tx.writeOne({ kind: 'update', access, reading, type, id, ...content });
    } catch (error) {
      return beyondReach(error);
    }
  }
}

/** The content of the version before one. Throws as for what is out of reach where the caller is not shown it in full. */
async function previous(tx: ResourceRepository, context: RequestContext, version: Version): Promise<JsonObject> {
  const { type, id, versionId } = version;
  try {
    const before = String(Number(versionId) - 1);
    const found = await tx.findVersion(context.accessTo(type, 'r'), id, before);
    if (!found || found.deleted || found.mask !== undefined)
      throw new ResourceNotFound({ type, id, versionId: before });
    return parseJson(found.body) as JsonObject;
  } catch (error) {
    return beyondReach(error);
  }
}

/** Resources that a merge has written. Throws 422 for another Provenance. */
function versionsIn(
  provenance: JsonObject,
  base: string,
): { readonly live: readonly Version[]; readonly gone: readonly Version[] } {
  const { activity } = provenance;
  const codes = isObject(activity) ? objectsOf(activity['coding']) : [];
  const isOurs = codes.some(
    ({ system, code }) => system === `${base}/CodeSystem/data-operation` && undoable.has(textOf(code)),
  );
  if (!isOurs) throw new CannotMerge('The Provenance tells of no merge, and of no references that were replaced.');
  const live = objectsOf(provenance['target']).map(({ reference }) => versionIn(textOf(reference), base));
  const gone = objectsOf(provenance['entity']).flatMap(({ role, what }) => {
    const identifier = isObject(what) ? what['identifier'] : undefined;
    const isGone = role === 'removal' && isObject(identifier) && textOf(identifier['value']).includes('/_history/');
    return isGone ? [versionIn(textOf(identifier['value']), base)] : [];
  });
  return { live, gone };
}

const undoable: ReadonlySet<string> = new Set(['merge', 'replace-references']);

function versionIn(text: string, base: string): Version {
  const named = parseReference(text, base);
  if (named?.versionId === undefined)
    throw new CannotMerge('The Provenance names no versions, so it cannot be undone.');
  return { ...named, versionId: named.versionId };
}
