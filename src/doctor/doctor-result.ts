import { en } from './words/en.js';
import type { CuredKey, DoctorWords, FindingKey } from './words/doctor-words.js';
import { type CuredValues, type FactValues, textIn, type Values } from './words/say.js';

/** Result of one look: `skipped` says why nothing could be seen, `warning` does not make the server unhealthy. */
export type Status = 'ok' | 'warning' | 'failed' | 'skipped';

/** Result of one check, its words in English until {@link inWords} puts them into another language. */
export interface DoctorResult {
  /** Subject, such as `database` or the name of an issuer: findings of one group stand together. */
  readonly group: string;
  /** Name of the group for people. */
  readonly title: string;
  /** Stable, for machines. */
  readonly check: string;
  readonly status: Status;
  /** Names the sentence, in all languages; stable. */
  readonly key: FindingKey;
  /** Values in the sentence. */
  readonly values: Values;
  readonly fact: string;
  /** Advice; always there when something is wrong. */
  readonly cure?: string;
  /** The setting of this server that names the subject, such as `TRUSTED_ISSUERS`: what can be changed here. */
  readonly setting?: string;
}

export interface Recorder {
  ok<K extends FindingKey>(check: string, key: K, ...values: FactValues<K>): DoctorResult;
  skipped<K extends FindingKey>(check: string, key: K, ...values: FactValues<K>): DoctorResult;
  warning<K extends CuredKey>(check: string, key: K, ...values: CuredValues<K>): DoctorResult;
  failed<K extends CuredKey>(check: string, key: K, ...values: CuredValues<K>): DoctorResult;
}

/** `setting`: the one that names the subject. */
export function resultsOf(group: string, setting?: string): Recorder {
  const record =
    (status: Status) =>
    (check: string, key: FindingKey, values: Values = {}): DoctorResult =>
      inWords({ group, check, status, key, values, ...(setting !== undefined && { setting }) }, en);
  return { ok: record('ok'), skipped: record('skipped'), warning: record('warning'), failed: record('failed') };
}

/** A finding in the words of a language. */
export function inWords(
  { group, check, status, key, values, setting }: Omit<DoctorResult, 'title' | 'fact' | 'cure'>,
  words: DoctorWords,
): DoctorResult {
  const { fact, cure }: { readonly fact: string; readonly cure?: string } = words.findings[key];
  const isCured = status === 'warning' || status === 'failed';
  return {
    group,
    title: titleIn(group, words),
    check,
    status,
    key,
    values,
    fact: textIn(fact, values, words),
    ...(isCured && cure !== undefined && { cure: textIn(cure, values, words) }),
    ...(setting !== undefined && { setting }),
  };
}

/** A group is one of the words, or one of them and a name, as `issuer https://idp.example`. */
function titleIn(group: string, { groups }: DoctorWords): string {
  const names: Readonly<Record<string, string>> = groups;
  const kind = Object.hasOwn(names, group) ? group : group.split(' ', 1)[0]!;
  return Object.hasOwn(names, kind) ? `${names[kind]}${group.slice(kind.length)}` : group;
}

export const isHealthy = (findings: readonly DoctorResult[]): boolean =>
  findings.every(({ status }) => status !== 'failed');
