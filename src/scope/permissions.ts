import type { Interaction, InteractionKind } from '../fhir/model/interaction.js';
import type { Permission } from './permission.js';

/** What each interaction needs on its type (authorization.md B10); batches and operations declare their own. */
const permissionsByKind: Readonly<Record<InteractionKind, readonly Permission[]>> = {
  read: ['r'],
  vread: ['r'],
  'history-instance': ['r'],
  'history-type': ['s'],
  'history-system': ['s'],
  'search-type': ['s'],
  'search-system': ['s'],
  'search-compartment': ['s'],
  create: ['c'],
  update: ['u'],
  patch: ['u'],
  delete: ['d'],
  bundle: [],
  capabilities: [],
  operation: [],
};

/** Conditional create, update, patch and delete search first, so they need `s` too. */
export function permissionsFor({
  kind,
  id,
  condition,
}: Pick<Interaction, 'kind' | 'id' | 'condition'>): readonly Permission[] {
  const needed = permissionsByKind[kind];
  const isConditional =
    condition !== undefined || (id === undefined && (kind === 'update' || kind === 'patch' || kind === 'delete'));
  return isConditional ? [...needed, 's'] : needed;
}
