import type { MessageKey, Messages } from '../../messages/messages.js';

export const letters = ['c', 'r', 'u', 'd', 's'] as const;
export type Letter = (typeof letters)[number];
export type Context = 'patient' | 'user' | 'system' | 'admin';

/** Areas of administration, with what can be done in each (docs/administration.md). */
export const adminAreas: Readonly<Record<string, string>> = {
  '*': 'cruds',
  User: 'cruds',
  Client: 'cruds',
  Policy: 'cruds',
  Launch: 'c',
  Job: 'cruds',
  Definition: 'cruds',
  Audit: 'rs',
  Data: 'd',
};

/** SMART v1, in letters of v2. */
const words: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' };
const form = /^(patient|user|system|admin)\/([A-Za-z]+|\*)\.([a-z]+|\*)(?:\?(.+))?$/;

const plain: Readonly<Record<string, MessageKey>> = {
  openid: 'scope.openid',
  fhirUser: 'scope.fhirUser',
  profile: 'scope.profile',
  launch: 'scope.launch',
  'launch/patient': 'scope.launchPatient',
  'launch/encounter': 'scope.launchEncounter',
  offline_access: 'scope.offline',
  online_access: 'scope.online',
};

/** Scopes that are no right to data. */
export const plainScopes: readonly string[] = Object.keys(plain);

/** Meaning of a scope, in a sentence; undefined for a text that is no known scope. */
export function meaningOf(scope: string, t: Messages): string | undefined {
  const key = plain[scope];
  if (key !== undefined) return t(key);
  const [, context, type, suffix = '', where] = form.exec(scope) ?? [];
  if (context === undefined || type === undefined) return undefined;
  const held = lettersOf(suffix);
  if (held === undefined) return undefined;
  const verbs = held.map((letter) => t(`scope.letter.${letter}`));
  const values = {
    verbs: new Intl.ListFormat(t.language).format(verbs),
    what: context === 'admin' ? areaOf(type, t) : type === '*' ? t('scope.allTypes') : type,
  };
  const sentence = t(`scope.in.${context as Context}`, values);
  return where === undefined ? sentence : `${sentence} ${t('scope.where', { where: decoded(where) })}`;
}

function lettersOf(suffix: string): readonly Letter[] | undefined {
  const held = (words[suffix] ?? suffix).split('');
  const known = letters.filter((letter) => held.includes(letter));
  return held.every((letter) => (letters as readonly string[]).includes(letter)) ? known : undefined;
}

const areaOf = (area: string, t: Messages): string =>
  area in adminAreas ? t(area === '*' ? 'scope.area.all' : (`scope.area.${area}` as MessageKey)) : area;

function decoded(query: string): string {
  try {
    return decodeURIComponent(query.replaceAll('&', ', '));
  } catch {
    return query;
  }
}

export interface BuiltScope {
  readonly context: Context;
  readonly type: string;
  readonly letters: readonly string[];
  readonly parameter: string;
  readonly value: string;
}

/** The scope in SMART v2, its letters in their order; undefined while something is missing. */
export function builtScope({ context, type, letters: chosen, parameter, value }: BuiltScope): string | undefined {
  const held = letters.filter((letter) => chosen.includes(letter)).join('');
  if (held === '' || type === '' || (parameter !== '') !== (value.trim() !== '')) return undefined;
  const where = parameter === '' ? '' : `?${parameter}=${encoded(value.trim())}`;
  return `${context}/${type}.${held}${where}`;
}

// Characters that a scope may have (RFC 6749 3.3) stay readable.
const encoded = (value: string): string =>
  encodeURIComponent(value).replace(/%(?:3A|2F|7C|2C)/g, (code) => decodeURIComponent(code));
