import type { JsonObject } from '../../../r4/json/json.js';
import { idOf } from './read-bundle.js';

/** A patient as people tell one another which one they mean. */
export interface PatientSummary {
  readonly id: string;
  readonly name: string;
  readonly birthDate?: string;
  readonly sex?: string;
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
  const identifier = identifierOf((patient['identifier'] ?? []) as unknown as readonly Identifier[]);
  return {
    id: idOf(patient),
    name: nameOf((patient['name'] ?? []) as unknown as readonly HumanName[]) ?? 'No name on record',
    ...(birthDate !== undefined && { birthDate }),
    ...(gender !== undefined && gender !== 'unknown' && { sex: gender }),
    ...(identifier !== undefined && { identifier }),
  };
}

function nameOf(names: readonly HumanName[]): string | undefined {
  const usable = names.filter(({ use }) => use !== 'old');
  const chosen =
    ['official', 'usual', undefined].flatMap((use) => usable.filter((name) => name.use === use))[0] ?? usable[0];
  if (!chosen) return undefined;
  const { text, given = [], family } = chosen;
  const parts = [...given, ...(family === undefined ? [] : [family])];
  const written = parts.length > 0 ? parts.join(' ') : text;
  return written === '' ? undefined : written;
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
  readonly title: string;
  readonly when: string;
}

interface Coded {
  readonly text?: string;
  readonly display?: string;
  readonly code?: string;
  readonly coding?: readonly { readonly display?: string; readonly code?: string }[];
}

export function summariseEncounter(encounter: JsonObject): EncounterSummary {
  const { start, end } = (encounter['period'] ?? {}) as { readonly start?: string; readonly end?: string };
  const days = [start, end].filter((time) => time !== undefined).map((time) => time.slice(0, 10));
  return {
    id: idOf(encounter),
    title: kindOf(encounter) ?? 'Visit',
    when: [...new Set(days)].join(' to ') || 'No date on record',
  };
}

function kindOf(encounter: JsonObject): string | undefined {
  const [type] = (encounter['type'] ?? []) as unknown as readonly Coded[];
  return type?.text ?? type?.coding?.[0]?.display ?? (encounter['class'] as unknown as Coded | undefined)?.display;
}
