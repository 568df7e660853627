import { Injectable } from '@nestjs/common';
import type { JsonObject } from '../../r4/json/json.js';
import { isResourceType } from '../../r4/model/resource-types.js';
import type { RequestContext } from '../../scope/request-context.js';
import type { Content } from '../storage/writing/change.js';
import { ContentValidation } from './content-validation.js';

/** Input of a `beforeWrite` hook: valid content as sent, before the server sets `meta`. */
export interface BeforeWrite {
  readonly interaction: 'create' | 'update' | 'patch';
  readonly type: string;
  readonly resource: JsonObject;
  readonly context: RequestContext;
}

/**
 * A rule of some resource types that runs before a version is stored. It may return changed content, which has to be
 * valid R4 as well, or throw a FhirError to refuse the write; it can never widen what the caller may do.
 */
export interface WriteHook {
  /** Types it applies to; all when absent. */
  readonly types?: readonly string[];
  beforeWrite(event: BeforeWrite): JsonObject | undefined | Promise<JsonObject | undefined>;
}

/** Checks content before it is stored: R4's own rules, then the hooks in the order of registration. */
@Injectable()
export class WriteHooks {
  readonly #hooks: WriteHook[] = [];

  constructor(private readonly validation: ContentValidation) {}

  /** Throws at start when a hook is for a type that does not exist. */
  add(...hooks: readonly WriteHook[]): void {
    for (const { constructor, types = [] } of hooks) {
      const unknown = types.find((type) => !isResourceType(type));
      if (unknown !== undefined) throw new Error(`${constructor.name} is for "${unknown}", which is no resource type.`);
    }
    this.#hooks.push(...hooks);
  }

  /** The content that may be stored, with the warnings about it. Throws a FhirError when it may not. */
  async run(event: BeforeWrite): Promise<Content> {
    const remarks = await this.validation.check(event.resource);
    const changed = await this.#changed(event);
    if (!changed) return { resource: event.resource, remarks };
    return { resource: changed, remarks: await this.validation.check(changed) };
  }

  /** Returns the content that the hooks made; undefined when none of them returned anything. */
  async #changed(event: BeforeWrite): Promise<JsonObject | undefined> {
    let changed: JsonObject | undefined;
    for (const hook of this.#hooks) {
      if (hook.types && !hook.types.includes(event.type)) continue;
      changed = (await hook.beforeWrite({ ...event, resource: changed ?? event.resource })) ?? changed;
      // Access was decided for the type.
      if ((changed ?? event.resource)['resourceType'] !== event.type) {
        throw new Error(`${hook.constructor.name} made another type of a ${event.type}.`);
      }
    }
    return changed;
  }
}
