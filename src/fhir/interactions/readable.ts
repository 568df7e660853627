import { isUndecided } from '../../scope/policies/policies-unknown.js';
import type { RequestContext } from '../../scope/request-context.js';
import type { Written } from '../storage/writing/change.js';
import type { ResourceRepository } from '../storage/resource.repository.js';
import { keyOf } from '../storage/writing/resource-key.js';

/**
 * Returns the written versions that the caller may have back: writing does not imply reading (SMART App Launch 2.2,
 * "Scopes for requesting FHIR Resources"). One statement for all,
 * and none where no Consent denied anything as they were stored and nothing else limits the caller.
 */
export async function readable<V extends Pick<Written, 'type' | 'id' | 'versionId' | 'deleted' | 'noneDenies'>>(
  context: RequestContext,
  resources: ResourceRepository,
  written: readonly V[],
): Promise<ReadonlySet<V>> {
  const candidates = written.filter(({ type, deleted }) => !deleted && context.may(type, 'r'));
  const rows = candidates.map(({ type, id, noneDenies }) => {
    const access = context.accessTo(type, 'r');
    return { type, id, access: noneDenies ? access.withoutConsent : access };
  });
  const visible = await visibleOf(resources, rows);
  const readableNow = new Set<V>();
  for (const one of candidates) {
    const current = visible.get(keyOf(one)) ?? one.versionId;
    if (!visible.has(keyOf(one))) continue;
    // Somebody may have written a version since, and that is the one that was judged.
    const isReadable = current === one.versionId || (await isOldVersionReadable(context, resources, one));
    if (isReadable) readableNow.add(one);
  }
  return readableNow;
}

/** Returns no version if it cannot be decided any more who may see them: the write stays done. */
async function visibleOf(resources: ResourceRepository, rows: Parameters<ResourceRepository['visible']>[0]) {
  try {
    return await resources.visible(rows);
  } catch (error) {
    if (resources.isTransaction || !isUndecided(error)) throw error;
    return new Map<string, number | undefined>();
  }
}

async function isOldVersionReadable(
  context: RequestContext,
  resources: ResourceRepository,
  { type, id, versionId }: Pick<Written, 'type' | 'id' | 'versionId'>,
): Promise<boolean> {
  return (await resources.findVersion(context.accessTo(type, 'r'), id, String(versionId))) !== undefined;
}
