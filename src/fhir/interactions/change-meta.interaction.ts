import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../scope/request-context.js';
import { WriteHooks } from '../hooks/write-hooks.js';
import { isObject, type Json, type JsonObject, parseJson } from '../../r4/json/json.js';
import { labelElements, labelsOf } from '../../r4/model/labels.js';
import { ResourceRepository } from '../storage/resource.repository.js';
import { readable } from './readable.js';

/** Lists that `$meta-add` and `$meta-delete` change. */
const metaLists = ['profile', ...labelElements] as const;

export interface MetaChange {
  /** Profiles, tags and security labels to add or to remove. */
  readonly given: JsonObject;
  /** Makes a new list of the one that is there and the one given. */
  readonly combine: (there: readonly Json[], given: readonly Json[]) => readonly Json[];
  /** Labels are taken away by who may delete the resource. */
  readonly removes: boolean;
}

/** https://hl7.org/fhir/R4/resource-operation-meta-add.html, -meta-delete.html: a new version, unless nothing changes. */
@Injectable()
export class ChangeMetaInteraction {
  constructor(
    private readonly resources: ResourceRepository,
    private readonly hooks: WriteHooks,
  ) {}

  /** The `meta` as stored; of it only the version for those who may not read the resource. */
  async run(context: RequestContext, type: string, id: string, change: MetaChange): Promise<Json> {
    const access = context.accessTo(type, 'u');
    const alsoWithin = change.removes ? { alsoWithin: context.accessTo(type, 'd') } : {};
    const edit = (current: JsonObject) =>
      this.hooks.run({ interaction: 'patch', type, resource: withMeta(current, change), context });
    const reading = context.accessIfAny(type, 'r');
    const written = await this.resources.writeOne({ kind: 'edit', access, ...alsoWithin, reading, type, id, edit });
    const isReadable = (await readable(context, this.resources, [written])).has(written);
    if (isReadable) return (parseJson(written.body) as JsonObject)['meta'] ?? {};
    return { versionId: String(written.versionId), lastUpdated: written.lastUpdated };
  }
}

function withMeta(current: JsonObject, { given, combine }: MetaChange): JsonObject {
  const meta: JsonObject = isObject(current['meta']) ? { ...current['meta'] } : {};
  for (const name of metaLists) {
    const list = combine(labelsOf(meta, name), labelsOf(given, name));
    if (list.length > 0) meta[name] = list;
    else delete meta[name];
  }
  return { ...current, meta };
}

/** True if it names a profile, tag or security label. */
export const hasMetaLists = (meta: JsonObject): boolean => metaLists.some((name) => labelsOf(meta, name).length > 0);
