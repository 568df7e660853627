import { Group, List, Stack, Text, VisuallyHidden } from '@mantine/core';
import { type MessageKey, useMessages } from '../messages/messages.js';

/** Finding of the doctor, as the server answers it (docs/adr/0080). */
export interface Finding {
  readonly group: string;
  readonly check: string;
  readonly status: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly fact: string;
  readonly cure?: string;
}

const marks: Readonly<
  Record<Finding['status'], { readonly sign: string; readonly colour: string; readonly word: MessageKey }>
> = {
  ok: { sign: '✔', colour: 'var(--console-good)', word: 'finding.ok' },
  warning: { sign: '!', colour: 'var(--mantine-color-text)', word: 'finding.warning' },
  failed: { sign: '✘', colour: 'var(--mantine-color-error)', word: 'finding.failed' },
  skipped: { sign: '–', colour: 'var(--mantine-color-dimmed)', word: 'finding.skipped' },
};

/** Findings in their order, each with its cure. */
export function FindingList({ findings }: { readonly findings: readonly Finding[] }) {
  return (
    <List listStyleType="none" spacing="xs" withPadding={false}>
      {findings.map((finding, at) => (
        // Two findings of a check may have the same words, and none moves.
        <List.Item key={at} w="100%">
          <FindingText finding={finding} />
        </List.Item>
      ))}
    </List>
  );
}

function FindingText({ finding: { status, fact, cure } }: { readonly finding: Finding }) {
  const t = useMessages();
  const { sign, colour, word } = marks[status];
  return (
    <Group wrap="nowrap" align="flex-start" gap="xs">
      <Text span c={colour} fw={700} aria-hidden="true" w="1.2em" ta="center">
        {sign}
      </Text>
      <VisuallyHidden>{t(word)}:</VisuallyHidden>
      <Stack gap={2} flex={1} miw={0}>
        <Text size="sm" fw={status === 'failed' ? 600 : 400} className="break">
          {fact}
        </Text>
        {cure !== undefined && (
          <Text size="sm" className="break">
            {t('why.cure')} {cure}
          </Text>
        )}
      </Stack>
    </Group>
  );
}
