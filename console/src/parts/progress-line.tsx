import { Progress, Stack, Text } from '@mantine/core';
import { useMessages } from '../messages/messages.js';

/** How far something is: a bar for the eye, its number for everybody. */
export function ProgressLine({ percent, label }: { readonly percent: number; readonly label: string }) {
  const t = useMessages();
  return (
    <Stack gap={4} miw={90}>
      <Progress value={percent} aria-label={label} />
      <Text size="sm">{t('parts.percent', { percent: t.number(percent) })}</Text>
    </Stack>
  );
}
