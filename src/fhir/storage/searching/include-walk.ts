import type { Access } from '../../../scope/access.js';
import { unitSeparator } from '../../../r4/search/index/index-values.js';
import { opensRecord } from './along-patients.js';
import { ofSeveral, sourceOf } from './found-rows.js';
import { onlyPatient, patientIndexes } from './indexed-orders.js';
import type { BindParameters } from '../session/statement.js';

/** Patients, as an SQL array of ids, whose rows are wanted that refer to them by any of the parameters. */
export interface WantedOfPatients {
  readonly codes: readonly string[];
  readonly ids: string;
}

/** The parameters each of which puts a row into the record it names, where an index has the rows of the type patient by patient; and those left. */
export function walkedCodes(
  type: string,
  codes: readonly string[],
): { readonly walked: readonly string[]; readonly left: readonly string[] } {
  const walked = patientIndexes.has(type) ? codes.filter((code) => opensRecord(type, code)) : [];
  return { walked, left: codes.filter((code) => !walked.includes(code)) };
}

interface Walked {
  readonly columns: string;
  /** Conditions on each row, the access among them. */
  readonly judged: readonly string[];
  readonly most: string;
}

/**
 * Rows that refer to patients, as common table expressions and queries of them (docs/adr/0171): of each patient the first in the order of ids, so
 * that no more are read of a long record than can come; rows in the records of several patients by an index of their own. Each row comes once.
 */
export function patientWalk(
  { type }: Access,
  { codes, ids }: WantedOfPatients,
  { columns, judged, most }: Walked,
  parameters: BindParameters,
): { readonly ctes: string; readonly queries: readonly string[] } {
  const entry = `code || ${parameters.add(`${unitSeparator}Patient/`, 'text')} || id`;
  const entries = `ARRAY(SELECT ${entry} FROM unnest(${parameters.add(codes, 'text[]')}) AS code) AS entries`;
  const all = '(SELECT array_agg(entry) FROM patient CROSS JOIN LATERAL unnest(entries) AS entry) AS entries';
  const where = (refers: string): string => [refers, ...judged].join(' AND ');
  const ofOne = sourceOf(type, [`${onlyPatient('r')} = patient.id`], 'ORDER BY r.id');
  const ofMany = ofSeveral(type, '(SELECT owners FROM sought)');
  return {
    ctes:
      `patient AS MATERIALIZED (SELECT id, ${entries} FROM unnest(${ids}) AS one (id)), ` +
      `sought AS MATERIALIZED (SELECT array_agg('Patient/' || id) AS owners, ${all} FROM patient)`,
    queries: [
      `SELECT own.* FROM patient CROSS JOIN LATERAL ` +
        `(SELECT ${columns} FROM ${ofOne} WHERE ${where('r.val && patient.entries')} LIMIT ${most}) AS own`,
      `SELECT ${columns} FROM ${ofMany} WHERE ${where('r.val && (SELECT entries FROM sought)')}`,
    ],
  };
}
