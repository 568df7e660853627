/** Result of one look: `skipped` says why nothing could be seen, `warning` does not make the server unhealthy. */
export type Status = 'ok' | 'warning' | 'failed' | 'skipped';

/** Result of one check. */
export interface DoctorResult {
  /** Subject, such as `database` or the name of an issuer: findings of one group stand together. */
  readonly group: string;
  /** Stable, for machines. */
  readonly check: string;
  readonly status: Status;
  readonly fact: string;
  /** Advice; always there when something is wrong. */
  readonly cure?: string;
}

export interface Recorder {
  ok(check: string, fact: string): DoctorResult;
  skipped(check: string, fact: string): DoctorResult;
  warning(check: string, fact: string, cure: string): DoctorResult;
  failed(check: string, fact: string, cure: string): DoctorResult;
}

export const resultsOf = (group: string): Recorder => ({
  ok: (check, fact) => ({ group, check, status: 'ok', fact }),
  skipped: (check, fact) => ({ group, check, status: 'skipped', fact }),
  warning: (check, fact, cure) => ({ group, check, status: 'warning', fact, cure }),
  failed: (check, fact, cure) => ({ group, check, status: 'failed', fact, cure }),
});

export const isHealthy = (findings: readonly DoctorResult[]): boolean =>
  findings.every(({ status }) => status !== 'failed');
