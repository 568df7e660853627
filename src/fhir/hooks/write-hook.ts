import type { JsonObject } from '../model/json.js';
import { isResourceType } from '../model/resource-types.js';
import type { RequestContext } from '../../scope/request-context.js';
import type { Content } from '../storage/change.js';

/** What a `beforeWrite` hook sees: the content as sent, before the server sets `meta`. */
export interface BeforeWrite {
  readonly interaction: 'create' | 'update' | 'patch';
  readonly type: string;
  readonly resource: JsonObject;
  readonly context: RequestContext;
}

/**
 * A rule of some resource types that runs before a version is stored. It may return changed content, or throw a
 * FhirError to refuse the write; it can never widen what the caller may do.
 */
export interface WriteHook {
  /** Types it applies to; all when absent. */
  readonly types?: readonly string[];
  beforeWrite(event: BeforeWrite): JsonObject | undefined | Promise<JsonObject | undefined>;
}

/** The hooks of this server, in the order of registration. */
export class WriteHooks {
  readonly #hooks: WriteHook[] = [];

  /** Throws at start when a hook is for a type that does not exist. */
  add(...hooks: readonly WriteHook[]): void {
    for (const { constructor, types = [] } of hooks) {
      const unknown = types.find((type) => !isResourceType(type));
      if (unknown !== undefined) throw new Error(`${constructor.name} is for "${unknown}", which is no resource type.`);
    }
    this.#hooks.push(...hooks);
  }

  /** The content that may be stored, with what is to be told about it. */
  async run(event: BeforeWrite): Promise<Content> {
    let resource = event.resource;
    for (const hook of this.#hooks) {
      if (hook.types && !hook.types.includes(event.type)) continue;
      resource = (await hook.beforeWrite({ ...event, resource })) ?? resource;
      // Access was decided for the type.
      if (resource['resourceType'] !== event.type) {
        throw new Error(`${hook.constructor.name} made another type of a ${event.type}.`);
      }
    }
    return { resource };
  }
}
