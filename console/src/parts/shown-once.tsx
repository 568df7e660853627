import { Alert, Button, Code, CopyButton, Group, Stack, Text } from '@mantine/core';
import { useMessages } from '../messages/messages.js';

interface ShownOnceView {
  readonly title: string;
  /** Whom it is for, and how long it counts. */
  readonly text: string;
  readonly value: string;
}

/** A secret that the server does not tell again: to copy, and gone with the page. */
export function ShownOnce({ title, text, value }: ShownOnceView) {
  const t = useMessages();
  return (
    <Alert role="status" title={title}>
      <Stack gap="xs">
        <Text size="sm">{text}</Text>
        <Code className="break" block fz="sm" style={{ whiteSpace: 'pre-wrap' }}>
          {value}
        </Code>
        <Group>
          <CopyButton value={value}>
            {({ copied, copy }) => (
              <Button variant="default" onClick={copy}>
                {t(copied ? 'parts.copied' : 'parts.copy')}
              </Button>
            )}
          </CopyButton>
          <Text size="sm" fw={600}>
            {t('parts.once')}
          </Text>
        </Group>
      </Stack>
    </Alert>
  );
}
