import type { Issue } from '../../../server/issues.js';

/** Rule that lets findings of validation pass for a time, as `/admin/suppression-rules` has it (docs/adr/0113). */
export interface Suppression {
  readonly name: string;
  /** Code of the finding. */
  readonly code: string;
  readonly profile?: string;
  readonly type?: string;
  /** Element without indices. */
  readonly path?: string;
  readonly reason: string;
  /** Last day, or an instant. */
  readonly until: string;
  readonly version: number;
  readonly changedBy: string;
  readonly changedAt: string;
  /** Its time is over. */
  readonly isOver: boolean;
}

export interface SuppressionList {
  readonly rules: readonly Suppression[];
}

/** Texts of the fields of a rule; empty: not said. */
export type TypedSuppression = Readonly<Record<keyof typeof nothingTyped, string>>;

export const nothingTyped = { name: '', code: '', type: '', path: '', profile: '', reason: '', until: '' };

export const typedOf = ({ name, code, reason, until, type = '', path = '', profile = '' }: Suppression) =>
  ({ name, code, type, path, profile, reason, until }) satisfies TypedSuppression;

/** The rule as it is sent: the name is in the address. */
export const formOf = ({ name: _name, ...typed }: TypedSuppression): object =>
  Object.fromEntries(
    Object.entries(typed)
      .map(([key, text]) => [key, text.trim()] as const)
      .filter(([, text]) => text !== ''),
  );

/** Fields for a finding: its code, type and element. None for a finding that has no code, or passes already. */
export function typedFor({ severity, reason, expression = '' }: Issue): TypedSuppression | undefined {
  if (reason === undefined || severity === 'information') return undefined;
  const path = expression.replaceAll(/\[\d+\]/g, '');
  const isPath = /^[A-Z][A-Za-z]*(?:\.[a-z][A-Za-z0-9]*)*$/.test(path);
  const [type = ''] = isPath ? path.split('.', 1) : [];
  const name = [reason, type]
    .filter((part) => part !== '')
    .join('-')
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]/g, '-')
    .slice(0, 64);
  return { ...nothingTyped, name, code: reason, type, path: isPath && path !== type ? path : '' };
}
