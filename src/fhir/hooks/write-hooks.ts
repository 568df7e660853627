import { Injectable } from '@nestjs/common';
import { equalDocuments } from '../../r4/json/equal-json.js';
import { isObject, type JsonObject } from '../../r4/json/json.js';
import { LimitedContext } from '../../scope/limited-context.js';
import { ExtensionCalls } from '../extensions/extension-calls.js';
import { copyOf } from '../extensions/content.js';
import type { BeforeWrite } from '../extensions/hook.js';
import { type HookAt, Hooks } from '../extensions/hooks.js';
import type { Content } from '../storage/writing/change.js';
import { ContentValidation } from './content-validation.js';

/** Checks content before it is stored: R4's own rules, then the hooks of the point `beforeWrite` in their order. */
@Injectable()
export class WriteHooks {
  constructor(
    private readonly validation: ContentValidation,
    private readonly hooks: Hooks,
    private readonly calls: ExtensionCalls,
  ) {}

  /** The content that may be stored, with the warnings about it. Throws a FhirError when it may not. */
  async run(event: BeforeWrite): Promise<Content> {
    const remarks = await this.validation.check(event.resource, event.context);
    const changed = await this.changed(event);
    if (!changed) return { resource: event.resource, remarks };
    return { resource: changed, remarks: await this.validation.check(changed, event.context) };
  }

  /** Returns the content that the hooks made; undefined when none of them returned anything. */
  private async changed(event: BeforeWrite): Promise<JsonObject | undefined> {
    let changed: JsonObject | undefined;
    // The types that an operation declares do not limit the hooks of others.
    const context = LimitedContext.wholeOf(event.context);
    for (const at of this.hooks.at('beforeWrite', event.type)) {
      const now = { ...event, context, resource: changed ?? event.resource };
      changed = (await (at.isBuiltIn ? at.hook.beforeWrite(now) : this.ofExtension(at, now))) ?? changed;
    }
    return changed;
  }

  private async ofExtension(
    { code, hook }: HookAt<'beforeWrite'>,
    event: BeforeWrite,
  ): Promise<JsonObject | undefined> {
    const resource = copyOf(event.resource);
    const made: unknown = await this.calls.run(code, () => hook.beforeWrite({ ...event, resource }));
    if (made === undefined) {
      if (equalDocuments(resource, event.resource)) return undefined;
      throw this.calls.nonsense(code, 'changed its copy of the content and returned nothing');
    }
    if (!isObject(made as JsonObject)) throw this.calls.nonsense(code, 'returned something else than content');
    const content = made as JsonObject;
    // Access was decided for the type.
    if (content['resourceType'] !== event.type) {
      throw this.calls.nonsense(code, `made another type of a ${event.type}`);
    }
    return content;
  }
}
