import { Injectable } from '@nestjs/common';
import type { Criterion } from '../../r4/search/query/criterion.js';
import { needsTerminology } from '../../r4/terminology/value-sets/expand-criteria.js';
import type { RequestContext } from '../../scope/request-context.js';
import { frozen } from '../extensions/content.js';
import { ExtensionCalls } from '../extensions/extension-calls.js';
import { type HookAt, Hooks } from '../extensions/hooks.js';

/**
 * Adds criteria of hooks of the point `beforeSearch` to those that were asked for; all of them have to hold. What their chains
 * lead to is judged by the access of the caller, so that no criterion shows more than the caller could ask for.
 */
@Injectable()
export class SearchHooks {
  constructor(
    private readonly hooks: Hooks,
    private readonly calls: ExtensionCalls,
  ) {}

  /** Returns the criteria for each type, in the order of `asked`. */
  async narrow(
    context: RequestContext,
    asked: readonly { readonly type: string; readonly criteria: readonly Criterion[] }[],
  ): Promise<readonly (readonly Criterion[])[]> {
    if (!this.hooks.has('beforeSearch')) return asked.map(({ criteria }) => criteria);
    const narrowed: (readonly Criterion[])[] = [];
    for (const { type, criteria } of asked) {
      const hooks = this.hooks.at('beforeSearch', type);
      const added: Criterion[] = [];
      for (const at of hooks) added.push(...(await this.ask(at, type, context)));
      narrowed.push(added.length > 0 ? [...criteria, ...added] : criteria);
    }
    return narrowed;
  }

  private async ask(
    { code, hook }: HookAt<'beforeSearch'>,
    type: string,
    context: RequestContext,
  ): Promise<readonly Criterion[]> {
    frozen(context.principal);
    const expression: unknown = await this.calls.run(code, () => hook.beforeSearch({ type, context }));
    if (expression === undefined) return [];
    if (typeof expression !== 'string') throw this.calls.nonsense(code, 'returned something else than a criterion');
    const parsed = context.rules.expressions.parse(type, expression);
    if ('why' in parsed) throw this.calls.nonsense(code, `returned a criterion of no use: ${parsed.why}`);
    if (needsTerminology(parsed.ok)) {
      throw this.calls.nonsense(code, 'returned a criterion with a value set or a hierarchy of codes');
    }
    return parsed.ok;
  }
}
