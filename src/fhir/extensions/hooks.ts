import { Injectable, type OnModuleInit } from '@nestjs/common';
import { StartRefused } from '../../config/checks/start-refused.js';
import { isMaskable } from '../../r4/model/mask-path.js';
import { isResourceType } from '../../r4/model/resource-types.js';
import { builtInName, callTimeout, ExtensionCalls, type ExtensionCode } from './extension-calls.js';
import { type Hook, type HookPoint, hookPoints } from './hook.js';
import { fullName, inOrder, type NamedHook } from './hook-order.js';

/** A hook at one of its points. */
export interface HookAt<P extends HookPoint = HookPoint> extends NamedHook {
  readonly hook: Hook & Required<Pick<Hook, P>>;
  /** For {@link ExtensionCalls}. */
  readonly code: ExtensionCode;
  /** Built-in hooks are trusted with the content itself, and not measured. */
  readonly isBuiltIn: boolean;
}

type OfPoint = Map<string, readonly HookAt[]>;

/** The hooks of this server, in the order in which they run. */
@Injectable()
export class Hooks implements OnModuleInit {
  private readonly added: NamedHook[] = [];
  private ordered: readonly NamedHook[] | undefined;
  private readonly byPoint = new Map<HookPoint, OfPoint>();

  constructor(readonly calls: ExtensionCalls) {}

  /** For features, while the application starts. Throws {@link StartRefused} when a hook does not fit. */
  add(extension: string, ...hooks: readonly Hook[]): void {
    if (this.ordered) throw new Error('Hooks are added while the application starts.');
    for (const hook of hooks) {
      const named = { extension, hook };
      requireSound(named);
      if (this.added.some((other) => fullName(other) === fullName(named))) {
        throw new StartRefused(`Two hooks have the name ${fullName(named)}. Give one of them another name.`);
      }
      this.added.push(named);
    }
  }

  /** All features have added their hooks; circles stop the start here. */
  onModuleInit(): void {
    for (const named of this.all) {
      for (const point of pointsOf(named.hook)) if (!isBuiltIn(named)) this.calls.declare(codeOf(named, point));
    }
  }

  /** All hooks in their order. */
  get all(): readonly NamedHook[] {
    return (this.ordered ??= inOrder(this.added));
  }

  /** Hooks of a point for a resource type (those for all types where it is absent), in their order. */
  at<P extends HookPoint>(point: P, type = ''): readonly HookAt<P>[] {
    let ofPoint = this.byPoint.get(point);
    if (!ofPoint) this.byPoint.set(point, (ofPoint = new Map()));
    let found = ofPoint.get(type);
    if (!found) ofPoint.set(type, (found = this.find(point, type)));
    return found as readonly HookAt<P>[];
  }

  /** True if some hook hooks the point, for whichever type. */
  has(point: HookPoint): boolean {
    return this.all.some(({ hook }) => hook[point] !== undefined);
  }

  /** Hooks of a point, whatever types they are for. */
  of<P extends HookPoint>(point: P): readonly HookAt<P>[] {
    return this.all
      .filter(({ hook }) => hook[point] !== undefined)
      .map((named) => ({ ...named, code: codeOf(named, point), isBuiltIn: isBuiltIn(named) }) as HookAt<P>);
  }

  private find(point: HookPoint, type: string): readonly HookAt[] {
    return this.of(point).filter(({ hook }) => hook.types?.includes(type) ?? true);
  }
}

/** Points that a hook has a method for. */
export const pointsOf = (hook: Hook): readonly HookPoint[] => hookPoints.filter((point) => hook[point] !== undefined);

const isBuiltIn = ({ extension }: NamedHook): boolean => extension === builtInName;

const codeOf = ({ extension, hook: { name, timeout } }: NamedHook, point: HookPoint): ExtensionCode => ({
  extension,
  point,
  name,
  ...(timeout !== undefined && { timeout }),
});

function requireSound({ extension, hook }: NamedHook): void {
  const mistake = misnamed(hook) ?? unpointed(hook) ?? mistyped(hook) ?? misread(hook) ?? mistimed(hook);
  if (mistake !== undefined) throw new StartRefused(`${extension}: the hook ${hook.constructor.name} ${mistake}`);
}

function misnamed({ name }: { readonly name?: unknown }): string | undefined {
  if (typeof name === 'string' && /^[a-z][a-z0-9-]*$/.test(name)) return undefined;
  return `has the name "${String(name)}". Give it one of a-z, 0-9 and "-", such as "needs-family".`;
}

function unpointed(hook: Hook): string | undefined {
  const points = pointsOf(hook);
  if (points.length === 0) return `has none of the methods ${hookPoints.join(', ')}.`;
  const wrong = points.find((point) => typeof hook[point] !== 'function');
  return wrong && `has a ${wrong} that is no method.`;
}

function mistyped({ types = [] }: Hook): string | undefined {
  const unknown = types.find((type) => !isResourceType(type));
  return unknown === undefined ? undefined : `is for "${unknown}", which is no resource type.`;
}

/** The types of which nothing can be taken out are those that cannot be masked. */
function misread(hook: Hook): string | undefined {
  const { types = [] } = hook;
  const whole = hook.afterRead && types.find((type) => !isMaskable(type));
  return whole === undefined
    ? undefined
    : `has afterRead for ${whole}, of which nothing can be taken out. Limit who sees it with a policy.`;
}

function mistimed({ timeout = callTimeout.usual }: Hook): string | undefined {
  if (Number.isInteger(timeout) && timeout >= 1 && timeout <= callTimeout.most) return undefined;
  return `has the timeout ${String(timeout)}. Give it 1 to ${callTimeout.most} ms.`;
}
