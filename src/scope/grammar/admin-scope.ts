import { nearest } from '../../r4/model/nearest.js';
import type { Permission } from './permission.js';
import { parseSuffix, shownScope, type SuffixFault, version1 } from './scope-suffix.js';

/** Areas of administration, and the permissions in each (docs/adr/0037). */
export const adminAreas = {
  /** Accounts of this server: their passwords, second factors, state and rights. */
  User: 'cruds',
  /** Registered clients, and tokens that let clients register themselves. */
  Client: 'cruds',
  /** Access policies, groups of users, and resources that active policies depend on. */
  Policy: 'cruds',
  /** Launches of apps for other users than oneself. */
  Launch: 'c',
  /** Work that runs beside requests. */
  Job: 'cruds',
  /** Definitions that change what everybody sees: a SearchParameter, and packages of them. */
  Definition: 'cruds',
  /** The audit trail as a whole. */
  Audit: 'rs',
  /** Data of people, to be erased for good. */
  Data: 'd',
} as const satisfies Partial<Record<AdminArea, string>>;

/** Rights above tenants and their permissions (docs/adr/0068), which `admin/*` does not have. */
const operatorAreas = {
  /** Tenants, and whether they answer; nothing of what they hold. */
  Tenant: 'cruds',
  /** A look into a tenant, which it sees (docs/adr/0192). */
  BreakGlass: 'c',
} as const satisfies Partial<Record<AdminArea, string>>;

/** Object of a right to administer (docs/administration.md). */
export type AdminArea =
  'User' | 'Client' | 'Policy' | 'Launch' | 'Job' | 'Definition' | 'Audit' | 'Data' | 'Tenant' | 'BreakGlass';

type AdminContext = 'admin' | 'operator';

const areasOf: Readonly<Record<AdminContext, Readonly<Partial<Record<AdminArea, string>>>>> = {
  admin: adminAreas,
  operator: operatorAreas,
};

const contextOf = (area: AdminArea): AdminContext => (area in operatorAreas ? 'operator' : 'admin');

/** The permissions that there are in an area. */
export const permissionsIn = (area: AdminArea): string => areasOf[contextOf(area)][area]!;

/** A right as text, such as `admin/User.u` and `operator/Tenant.c`. */
export const rightText = (area: AdminArea, permission: Permission): string =>
  `${contextOf(area)}/${area}.${permission}`;

/** True if a right to administer is one of an area. */
export const isOfArea = ({ context, type }: Pick<AdminScope, 'context' | 'type'>, area: AdminArea): boolean =>
  context === contextOf(area) && (type === area || type === '*');

/** A right to administer. It is no scope for FHIR resources, and none of those implies it. */
export interface AdminScope {
  readonly text: string;
  readonly context: AdminContext;
  readonly type: AdminArea | '*';
  readonly permissions: readonly Permission[];
  readonly constraints: readonly [];
}

export type ParsedAdminScope = { readonly ok: AdminScope } | { readonly ignored: SuffixFault; readonly why: string };

export const everyAdminScope = 'admin/*.cruds';
export const everyOperatorScope = 'operator/*.cruds';

/** True if a scope is about administration, well formed or not. */
export const isAdminScope = (text: string): boolean => /^(?:admin|operator)\//i.test(text);

const form = /^(admin|operator)\/([^/.?]+)\.([^?]*)$/;
const namesIn = (context: AdminContext): readonly AdminArea[] => Object.keys(areasOf[context]) as AdminArea[];

/** Reads `admin/Area.permissions` and `operator/Area.permissions`, with letters as v2 or words as v1 writes them. What is written otherwise gives no right. */
export function parseAdminScope(text: string): ParsedAdminScope {
  const match = form.exec(text);
  if (!match) return unknown(`it is not of the form admin/Area.permissions, such as ${everyAdminScope}`);
  const [, context, name, suffix] = match as unknown as [string, AdminContext, string, string];
  const area = areaOf(context, name);
  if (area === undefined) return unknown(unknownArea(context, name));
  const letters = parseSuffix(suffix);
  if ('why' in letters) return letters;
  const able = area === '*' ? letters.ok : letters.ok.filter((letter) => permissionsIn(area).includes(letter));
  // A word of v1 means what of it there is; letters are meant one by one.
  const isWhole = able.length === letters.ok.length || (able.length > 0 && Object.hasOwn(version1, suffix));
  return isWhole
    ? { ok: { text, context, type: area, permissions: able, constraints: [] } }
    : unknown(
        `${name} is administered by .${permissionsIn(name as AdminArea)}: write ${smallestOf(name as AdminArea, able)}`,
      );
}

const unknown = (why: string): ParsedAdminScope => ({ ignored: 'scope-unknown', why });

const areaOf = (context: AdminContext, name: string): AdminArea | '*' | undefined =>
  name === '*' ? '*' : namesIn(context).find((one) => one === name);

const smallestOf = (area: AdminArea, able: readonly Permission[]): string =>
  `${contextOf(area)}/${area}.${able.length > 0 ? able.join('') : permissionsIn(area)}`;

function unknownArea(context: AdminContext, name: string): string {
  const names = namesIn(context);
  const meant = nearest(name, names);
  const there = `there is ${context}/ with ${names.join(', ')} or *`;
  return `${shownScope(name)} is nothing that is administered${meant === undefined ? `; ${there}` : `; did you mean ${context}/${meant}?`}`;
}
