import { Code, List, Text } from '@mantine/core';
import { useMessages } from '../messages/messages.js';
import { type Mark, MarkedLine } from './text/marked-line.js';

/** Finding of the doctor, as the server answers it (docs/adr/0080). */
export interface Finding {
  readonly group: string;
  /** Name of the group in the language of the page. */
  readonly title?: string;
  readonly check: string;
  readonly status: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly fact: string;
  readonly cure?: string;
  /** Setting of the server that names the subject. */
  readonly setting?: string;
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
      {findings.map(({ status, fact, cure, setting }, at) => (
        // Two findings of a check may have the same words, and none moves.
        <List.Item key={at} w="100%">
          <MarkedLine mark={marks[status]} text={fact} cure={cure} isStrong={status === 'failed'}>
            {setting !== undefined && cure !== undefined && <SettingLine setting={setting} />}
          </MarkedLine>
        </List.Item>
      ))}
    </List>
  );
}

/** The setting that names what a finding is about. */
export function SettingLine({ setting }: { readonly setting: string }) {
  const t = useMessages();
  return (
    <Text size="sm">
      {t('finding.setting')} <Code>{setting}</Code>
    </Text>
  );
}
