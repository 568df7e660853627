import type { RequestContext } from '../../../scope/request-context.js';
import type { SearchHooks } from '../../hooks/search-hooks.js';
import type { ResourceRepository } from '../../storage/resource.repository.js';
import type { SearchTarget } from '../../storage/searching/search-groups.js';
import type { Terminology } from '../terminology/terminology.js';

/** Parts that a search of an operation goes through. */
export interface TargetMeans {
  readonly resources: ResourceRepository;
  readonly hooks: SearchHooks;
  readonly terminology: Terminology;
}

/** Targets with what hooks and stored terminology add. */
export async function narrowedTargets(
  { hooks, terminology, resources }: TargetMeans,
  context: RequestContext,
  asked: Parameters<SearchHooks['narrow']>[1],
): Promise<readonly SearchTarget[]> {
  const narrowed = await hooks.narrow(context, asked);
  const expanded = await terminology.expand(context, narrowed, resources);
  return asked.map(({ type }, i) => ({ access: context.accessTo(type, 's'), criteria: expanded[i]! }));
}
