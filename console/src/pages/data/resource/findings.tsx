import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useMessages } from '../../../messages/messages.js';
import { IssueText } from '../../../parts/failure.js';
import type { Issue } from '../../../server/issues.js';
import { SuppressFinding } from '../../operations/suppressions/suppress-finding.js';

interface FindingsView {
  readonly issues: readonly Issue[];
  readonly goTo: (line: number) => void;
}

/** Findings of the server in a resource that was not sent yet, each with the way to its line. */
export function Findings({ issues, goTo }: FindingsView) {
  const t = useMessages();
  return (
    <Alert role="status" title={t('edit.findings')}>
      <Stack gap="sm">
        {issues.length === 0 && <Text size="sm">{t('edit.valid')}</Text>}
        {issues.map((issue, at) => (
          // Issues have no ids, and their order does not change.
          <Stack key={at} gap={2} align="flex-start">
            <IssueText issue={issue} />
            <Group gap="xs">
              <LineButton line={issue.line} goTo={goTo} />
              <SuppressFinding issue={issue} />
            </Group>
          </Stack>
        ))}
      </Stack>
    </Alert>
  );
}

function LineButton({ line, goTo }: { readonly line: number | undefined; readonly goTo: (line: number) => void }) {
  const t = useMessages();
  if (line === undefined) return null;
  return (
    <Button variant="default" size="compact-xs" aria-label={t('edit.line.go', { line })} onClick={() => goTo(line)}>
      {t('edit.line', { line })}
    </Button>
  );
}
