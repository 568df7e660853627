import { List } from '@mantine/core';
import { useMessages } from '../../../messages/messages.js';

/** Lines of the server, or that there are none. */
export function Lines({ lines }: { readonly lines: readonly string[] }) {
  const t = useMessages();
  if (lines.length === 0) return t('packages.noneOfThem');
  return (
    <List size="sm">
      {lines.map((line) => (
        <List.Item key={line}>{line}</List.Item>
      ))}
    </List>
  );
}
