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
  /** Definitions that change what everybody sees, such as a SearchParameter. */
  Definition: 'cud',
  /** The audit trail as a whole. */
  Audit: 'rs',
} as const;

/** What a right to administer is about (docs/administration.md). */
export type AdminArea = keyof typeof adminAreas;

/** A right to administer. It is no scope for FHIR resources, and none of those implies it. */
export interface AdminScope {
  readonly text: string;
  readonly context: 'admin';
  readonly type: AdminArea | '*';
  readonly permissions: readonly Permission[];
  readonly constraints: readonly [];
}

export type ParsedAdminScope = { readonly ok: AdminScope } | { readonly ignored: SuffixFault; readonly why: string };

export const everyAdminScope = 'admin/*.cruds';

/** True if a scope is about administration, well formed or not. */
export const isAdminScope = (text: string): boolean => /^admin\//i.test(text);

const form = /^admin\/([^/.?]+)\.([^?]*)$/;
const areaNames = Object.keys(adminAreas) as readonly AdminArea[];

/** Reads `admin/Area.permissions`, with letters as v2 or words as v1 writes them. What is written otherwise gives no right. */
export function parseAdminScope(text: string): ParsedAdminScope {
  const match = form.exec(text);
  if (!match) return unknown(`it is not of the form admin/Area.permissions, such as ${everyAdminScope}`);
  const [, name, suffix] = match as unknown as [string, string, string];
  const area = areaOf(name);
  if (area === undefined) return unknown(unknownArea(name));
  const letters = parseSuffix(suffix);
  if ('why' in letters) return letters;
  const able = area === '*' ? letters.ok : letters.ok.filter((letter) => adminAreas[area].includes(letter));
  // A word of v1 means what of it there is; letters are meant one by one.
  const isWhole = able.length === letters.ok.length || (able.length > 0 && Object.hasOwn(version1, suffix));
  return isWhole
    ? { ok: { text, context: 'admin', type: area, permissions: able, constraints: [] } }
    : unknown(
        `${name} is administered by .${adminAreas[name as AdminArea]}: write ${smallestOf(name as AdminArea, able)}`,
      );
}

const unknown = (why: string): ParsedAdminScope => ({ ignored: 'scope-unknown', why });

const areaOf = (name: string): AdminArea | '*' | undefined =>
  name === '*' ? '*' : areaNames.find((one) => one === name);

const smallestOf = (area: AdminArea, able: readonly Permission[]): string =>
  `admin/${area}.${able.length > 0 ? able.join('') : adminAreas[area]}`;

function unknownArea(name: string): string {
  const meant = nearest(name, areaNames);
  const there = `there is admin/ with ${areaNames.join(', ')} or *`;
  return `${shownScope(name)} is nothing that is administered${meant === undefined ? `; ${there}` : `; did you mean admin/${meant}?`}`;
}
