import type { Interaction, InteractionKind } from '../r4/rest/interaction.js';
import type { Permission } from './grammar/permission.js';

/** Permissions that an interaction needs, and the treatment of rows that are out of reach. */
export interface InteractionRule {
  /** On its type. What is missing is 403 with the scope that would do, before stored data is looked at. */
  readonly needs: readonly Permission[];
  /** In addition, when a search decides what it is about (`If-None-Exist`, `PUT Patient?identifier=…`). */
  readonly conditional?: readonly Permission[];
  /**
   * Types that the needs apply to: the addressed one, those that a search names, or those that an operation declares.
   */
  readonly on: 'addressed-type' | 'named-types' | 'compartment' | 'declared' | 'nothing';
  /** Rows out of reach: answered as if they did not exist, left out, or not looked at. */
  readonly hidden: 'not-found' | 'left-out' | 'none';
  /** Part that storage judges, in words. */
  readonly judged?: string;
}

const reading = { needs: ['r'], on: 'addressed-type', hidden: 'not-found' } as const;
const searching = { needs: ['s'], hidden: 'left-out', judged: 'each row' } as const;
const current = 'the stored content';
const both = 'the stored content before, and the new content after';
const patched = `${both}; reading as well, where an operation looks at stored content (test, copy, move, where())`;

/** The one table of interactions and permissions. */
export const interactionRules: Readonly<Record<InteractionKind, InteractionRule>> = {
  read: { ...reading, judged: current },
  vread: { ...reading, judged: 'the version that is asked for, and the current one' },
  'history-instance': { ...reading, judged: 'each version for itself, and the current one' },
  'history-type': { ...searching, on: 'addressed-type', judged: 'each version for itself' },
  'history-system': { ...searching, on: 'named-types', judged: 'each version for itself' },
  'search-type': { ...searching, on: 'addressed-type' },
  'search-system': { ...searching, on: 'named-types' },
  'search-compartment': { ...searching, on: 'compartment' },
  create: { needs: ['c'], conditional: ['s'], on: 'addressed-type', hidden: 'none', judged: 'the new content' },
  update: { needs: ['u'], conditional: ['s'], on: 'addressed-type', hidden: 'not-found', judged: both },
  patch: { needs: ['u'], conditional: ['s'], on: 'addressed-type', hidden: 'not-found', judged: patched },
  delete: { needs: ['d'], conditional: ['s'], on: 'addressed-type', hidden: 'not-found', judged: current },
  bundle: { needs: [], on: 'nothing', hidden: 'none', judged: 'each entry as if it was sent alone' },
  capabilities: { needs: [], on: 'nothing', hidden: 'none' },
  operation: { needs: [], on: 'declared', hidden: 'not-found' },
};

/** True if a search decides what is written. */
export const isConditional = ({ kind, id, condition }: Pick<Interaction, 'kind' | 'id' | 'condition'>): boolean =>
  condition !== undefined ||
  (id === undefined && kind !== 'create' && interactionRules[kind].conditional !== undefined);

export function permissionsFor(interaction: Pick<Interaction, 'kind' | 'id' | 'condition'>): readonly Permission[] {
  const { needs, conditional = [] } = interactionRules[interaction.kind];
  return isConditional(interaction) ? [...needs, ...conditional] : needs;
}
