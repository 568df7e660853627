import type { JsonObject } from '../../../r4/json/json.js';
import type { Words } from '../../words/en.js';
import { idOf } from './read-bundle.js';

/** A patient as people tell one another which one they mean. */
export interface PatientSummary {
  readonly id: string;
  /** Undefined when there is none on record. */
  readonly name?: string;
  /** The family name first, as in a list that is in its order. */
  readonly sortedName?: string;
  readonly birthDate?: string;
  readonly sex?: keyof Words['patients']['sexes'];
  readonly identifier?: string;
}

interface HumanName {
  readonly use?: string;
  readonly text?: string;
  readonly family?: string;
  readonly given?: readonly string[];
}

interface Identifier {
  readonly use?: string;
  readonly value?: string;
  readonly type?: { readonly coding?: readonly { readonly code?: string }[] };
}

export function summarisePatient(patient: JsonObject): PatientSummary {
  const { birthDate, gender } = patient as { readonly birthDate?: string; readonly gender?: string };
  const chosen = chooseName((patient['name'] ?? []) as unknown as readonly HumanName[]);
  const [name, sortedName] = chosen ? [nameOf(chosen), sortedNameOf(chosen)] : [];
  const identifier = identifierOf((patient['identifier'] ?? []) as unknown as readonly Identifier[]);
  return {
    id: idOf(patient),
    ...(name !== undefined && { name }),
    ...(sortedName !== undefined && { sortedName }),
    ...(birthDate !== undefined && { birthDate }),
    ...(isShown(gender) && { sex: gender }),
    ...(identifier !== undefined && { identifier }),
  };
}

const sexes: readonly (string | undefined)[] = ['male', 'female', 'other'];

const isShown = (gender: string | undefined): gender is keyof Words['patients']['sexes'] => sexes.includes(gender);

function chooseName(names: readonly HumanName[]): HumanName | undefined {
  const usable = names.filter(({ use }) => use !== 'old');
  return ['official', 'usual', undefined].flatMap((use) => usable.filter((name) => name.use === use))[0] ?? usable[0];
}

function nameOf({ text, given = [], family }: HumanName): string | undefined {
  const parts = [...given, ...(family === undefined ? [] : [family])];
  const written = parts.length > 0 ? parts.join(' ') : text;
  return written === '' ? undefined : written;
}

function sortedNameOf(name: HumanName): string | undefined {
  const { given = [], family } = name;
  return family === undefined || given.length === 0 ? nameOf(name) : `${family}, ${given.join(' ')}`;
}

/** The medical record number where one is marked so. */
function identifierOf(identifiers: readonly Identifier[]): string | undefined {
  const usable = identifiers.filter(({ use, value }) => value !== undefined && use !== 'old' && use !== 'secondary');
  const isRecordNumber = ({ type }: Identifier): boolean => type?.coding?.some(({ code }) => code === 'MR') === true;
  return (usable.find(isRecordNumber) ?? usable[0])?.value;
}

/** An encounter as the people of it remember it. */
export interface EncounterSummary {
  readonly id: string;
  readonly title?: string;
  /** First and last, as far as they are on record; one where both are the same. */
  readonly days: readonly string[];
}

interface Coded {
  readonly text?: string;
  readonly display?: string;
  readonly code?: string;
  readonly coding?: readonly { readonly display?: string; readonly code?: string }[];
}

export function summariseEncounter(encounter: JsonObject): EncounterSummary {
  const { start, end } = (encounter['period'] ?? {}) as { readonly start?: string; readonly end?: string };
  const title = kindOf(encounter);
  const days = [start, end].filter((time) => time !== undefined).map((time) => time.slice(0, 10));
  return {
    id: idOf(encounter),
    ...(title !== undefined && { title }),
    days: [...new Set(days)],
  };
}

function kindOf(encounter: JsonObject): string | undefined {
  const [type] = (encounter['type'] ?? []) as unknown as readonly Coded[];
  return type?.text ?? type?.coding?.[0]?.display ?? (encounter['class'] as unknown as Coded | undefined)?.display;
}
