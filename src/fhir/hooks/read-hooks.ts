import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Principal } from '../../auth/principal.js';
import type { JsonObject } from '../../r4/json/json.js';
import { isMaskable, readMaskPath } from '../../r4/model/mask-path.js';
import type { HiddenElement } from '../../r4/model/mask-resource.js';
import { AccessRules, type HidingRules } from '../../scope/access-rules.js';
import { frozen } from '../extensions/content.js';
import { ExtensionCalls, type ExtensionFailed } from '../extensions/extension-calls.js';
import type { AfterRead } from '../extensions/hook.js';
import { fullName } from '../extensions/hook-order.js';
import { type HookAt, Hooks } from '../extensions/hooks.js';

/**
 * Takes out of resources what hooks of the point `afterRead` name. Storage asks where it masks, which is on every way out; a
 * path that cannot be taken out stops the answer.
 */
@Injectable()
export class ReadHooks implements HidingRules, OnModuleInit {
  constructor(
    private readonly rules: AccessRules,
    private readonly hooks: Hooks,
    private readonly calls: ExtensionCalls,
  ) {}

  onModuleInit(): void {
    if (this.hooks.has('afterRead')) this.rules.setHiding(this);
  }

  appliesTo(type: string): boolean {
    return this.hooks.at('afterRead', type).length > 0 && isMaskable(type);
  }

  elementsIn(resource: JsonObject, principal: Principal): readonly HiddenElement[] {
    const { resourceType, id } = frozen(resource);
    const type = resourceType as string;
    const event = { type, ...(typeof id === 'string' && { id }), resource, principal: frozen(principal) };
    return this.hooks.at('afterRead', type).flatMap((at) => this.ask(at, event));
  }

  private ask(at: HookAt<'afterRead'>, event: AfterRead): readonly HiddenElement[] {
    const { code, hook } = at;
    const paths: unknown = this.calls.runNow(code, () => hook.afterRead(event));
    if (paths === undefined) return [];
    if (!Array.isArray(paths)) throw this.calls.nonsense(code, 'returned something else than a list of paths');
    return paths.map((path: unknown) => ({ path: this.pathBelow(event.type, path, at), by: fullName(at) }));
  }

  private pathBelow(type: string, text: unknown, { code }: Pick<HookAt, 'code'>): string {
    const refused = (why: string): ExtensionFailed => this.calls.nonsense(code, `returned a path of no use: ${why}`);
    if (typeof text !== 'string') throw refused('it is no text.');
    const read = readMaskPath(text);
    if ('why' in read) throw refused(read.why);
    if (read.type !== type) throw refused(`it is one of ${read.type}, for a ${type}.`);
    return read.path;
  }
}
