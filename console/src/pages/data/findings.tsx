import { Alert, Stack, Text } from '@mantine/core';
import { useMessages } from '../../messages/messages.js';
import { IssueText } from '../../parts/failure.js';
import type { Issue } from '../../server/issues.js';
import { SuppressFinding } from '../operations/suppressions/suppress-finding.js';

/** Findings of the server in a resource that was not sent yet. */
export function Findings({ issues }: { readonly issues: readonly Issue[] }) {
  const t = useMessages();
  return (
    <Alert role="status" title={t('edit.findings')}>
      <Stack gap="sm">
        {issues.length === 0 && <Text size="sm">{t('edit.valid')}</Text>}
        {issues.map((issue, at) => (
          // Issues have no ids, and their order does not change.
          <Stack key={at} gap={2} align="flex-start">
            <IssueText issue={issue} />
            <SuppressFinding issue={issue} />
          </Stack>
        ))}
      </Stack>
    </Alert>
  );
}
