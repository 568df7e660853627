/** Limits of a tenant; absent: not limited. */
export const limitNames = ['requests', 'resources', 'bytes', 'jobs', 'exports'] as const;
export type LimitName = (typeof limitNames)[number];
export type Limits = Readonly<Partial<Record<LimitName, number>>>;

/** A tenant as `/admin/tenants` tells it. */
export interface Tenant {
  readonly name: string;
  readonly state: 'active' | 'suspended' | 'importing' | 'erasing';
  readonly created: string;
  readonly fhirBase: string;
  readonly issuer: string;
  readonly limits: Limits;
  readonly usage?: { readonly resources: number; readonly bytes: number };
}

export type NewTenant = Tenant & { readonly administrator: string; readonly password?: string };

/** The tenant that was there before there were others: it cannot be suspended or erased. */
export const defaultTenant = 'default';

/** Limits as they are typed; empty: not limited. */
export type TypedLimits = Readonly<Record<LimitName, string>>;

export const typedLimits = (limits: Limits): TypedLimits =>
  Object.fromEntries(limitNames.map((name) => [name, limits[name]?.toString() ?? ''])) as TypedLimits;

/** The change from what is to what was typed; undefined where a text is no whole number from 1 on. */
export function limitsChange(typed: TypedLimits): Readonly<Record<LimitName, number | null>> | undefined {
  const values = limitNames.map((name) => [name, valueOf(typed[name])] as const);
  if (values.some(([, value]) => value === undefined)) return undefined;
  return Object.fromEntries(values) as Record<LimitName, number | null>;
}

function valueOf(text: string): number | null | undefined {
  if (text.trim() === '') return null;
  const value = Number(text);
  return Number.isSafeInteger(value) && value >= 1 && value <= 1e15 ? value : undefined;
}
