import type { Messages } from '../../messages/messages.js';

export interface Rule {
  readonly types?: readonly string[];
  readonly permissions?: string | readonly string[];
  readonly constrain?: string;
  readonly deny?: string;
  readonly mask?: readonly string[];
}

/** A policy as the administration answers it (docs/policies.md). */
export interface Policy {
  readonly name: string;
  readonly description: string;
  readonly assignedTo: {
    readonly everyone?: boolean;
    readonly users?: readonly string[];
    readonly clients?: readonly string[];
    readonly groups?: readonly string[];
  };
  readonly rules: readonly Rule[];
  readonly version?: number;
}

export interface Group {
  readonly name: string;
  readonly members: readonly string[];
}

export interface Version {
  readonly version: number;
  readonly changedBy: string;
  readonly changedAt: string;
  readonly removed?: boolean;
  readonly content?: unknown;
}

/** Whom a policy is for, in words. */
export function assignedWords(
  { everyone, users = [], clients = [], groups = [] }: Policy['assignedTo'],
  t: Messages,
): string {
  const parts = [
    everyone === true ? t('policies.everyone') : '',
    users.length > 0 ? t('policies.users', { names: users.join(', ') }) : '',
    clients.length > 0 ? t('policies.clients', { names: clients.join(', ') }) : '',
    groups.length > 0 ? t('policies.groups', { names: groups.join(', ') }) : '',
  ];
  return parts.filter((part) => part !== '').join('; ');
}

/** Effect of a rule, in a sentence. */
export function ruleWords(rule: Rule, t: Messages): string {
  const { types = [], constrain, deny, mask } = rule;
  const letters = lettersOf(rule);
  const what = `${types.includes('*') ? t('scope.allTypes') : types.join(', ')}${letters === '' ? '' : ` (${letters})`}`;
  if (mask !== undefined) return t('policies.mask', { paths: mask.join(', ') });
  if (deny !== undefined) return t('policies.deny', { what, why: deny });
  return t('policies.constrain', { what, where: constrain ?? '' });
}

/** The policy in the editor: as written, without id, version and time. */
export function editable({ description, assignedTo, rules }: Policy): string {
  const written = rules.map((rule) => ({ ...rule, ...(rule.permissions && { permissions: lettersOf(rule) }) }));
  return JSON.stringify({ description, assignedTo, rules: written }, null, 2);
}

/** They are written as one text, and answered as a list. */
const lettersOf = ({ permissions = '' }: Rule): string =>
  typeof permissions === 'string' ? permissions : permissions.join('');

export const newPolicy: string = JSON.stringify(
  {
    description: 'Why there is this policy; callers are told.',
    assignedTo: { clients: ['growth-chart'] },
    rules: [{ types: ['Observation'], constrain: 'status=final' }],
  },
  null,
  2,
);

export const pathToPolicy = (name: string): string => `/policies/name/${encodeURIComponent(name)}`;
