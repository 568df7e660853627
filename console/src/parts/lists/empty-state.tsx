import { Paper, Text } from '@mantine/core';

/** Says that there is nothing, and what to do about it. */
export const EmptyState = ({ text }: { readonly text: string }) => (
  <Paper withBorder p="lg">
    <Text c="dimmed">{text}</Text>
  </Paper>
);
