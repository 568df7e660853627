import type { JsonObject } from '../model/json.js';
import type { RequestContext } from '../../scope/request-context.js';

/** What a `beforeWrite` hook sees: the content as sent, before the server sets `meta`. */
export interface BeforeWrite {
  readonly interaction: 'create' | 'update';
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

  add(...hooks: readonly WriteHook[]): void {
    this.#hooks.push(...hooks);
  }

  async run(event: BeforeWrite): Promise<JsonObject> {
    let resource = event.resource;
    for (const hook of this.#hooks) {
      if (hook.types && !hook.types.includes(event.type)) continue;
      resource = (await hook.beforeWrite({ ...event, resource })) ?? resource;
    }
    return resource;
  }
}
