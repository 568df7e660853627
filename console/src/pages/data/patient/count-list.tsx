import { List, Stack, Text } from '@mantine/core';
import { useMessages } from '../../../messages/messages.js';
import type { Counted } from './record.js';

/** Numbers by type, under what they are; says so where there are none. */
export function CountList({ title, counts }: { readonly title: string; readonly counts: readonly Counted[] }) {
  const t = useMessages();
  return (
    <Stack gap={4}>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      {counts.length === 0 && <Text size="sm">{t('record.none')}</Text>}
      <List size="sm">
        {counts.map(({ type, count }) => (
          <List.Item key={type}>
            {type}: {t.number(count)}
          </List.Item>
        ))}
      </List>
    </Stack>
  );
}
