import type { RequestContext } from '../../scope/request-context.js';
import type { Written } from '../storage/change.js';
import type { ResourceRepository } from '../storage/resource.repository.js';

/**
 * Which of the written versions the caller may have back: writing does not imply reading (SMART App Launch 2.2,
 * "Scopes for requesting FHIR Resources").
 */
export async function readable(
  context: RequestContext,
  resources: ResourceRepository,
  written: Written,
): Promise<boolean> {
  if (!context.may(written.type, 'r')) return false;
  const access = context.accessTo(written.type, 'r');
  if (access.unrestricted) return true;
  const found = await resources.find(access, written.id);
  return found?.versionId === written.versionId;
}
