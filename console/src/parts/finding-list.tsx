import { List } from '@mantine/core';
import { type Mark, MarkedLine } from './marked-line.js';

/** Finding of the doctor, as the server answers it (docs/adr/0080). */
export interface Finding {
  readonly group: string;
  /** Name of the group in the language of the page. */
  readonly title?: string;
  readonly check: string;
  readonly status: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly fact: string;
  readonly cure?: string;
}

const marks: Readonly<Record<Finding['status'], Mark>> = {
  ok: { sign: '✔', colour: 'var(--console-good)', word: 'finding.ok' },
  warning: { sign: '!', colour: 'var(--mantine-color-text)', word: 'finding.warning' },
  failed: { sign: '✘', colour: 'var(--mantine-color-error)', word: 'finding.failed' },
  skipped: { sign: '–', colour: 'var(--mantine-color-dimmed)', word: 'finding.skipped' },
};

/** Findings in their order, each with its cure. */
export function FindingList({ findings }: { readonly findings: readonly Finding[] }) {
  return (
    <List listStyleType="none" spacing="xs" withPadding={false}>
      {findings.map(({ status, fact, cure }, at) => (
        // Two findings of a check may have the same words, and none moves.
        <List.Item key={at} w="100%">
          <MarkedLine mark={marks[status]} text={fact} cure={cure} isStrong={status === 'failed'} />
        </List.Item>
      ))}
    </List>
  );
}
