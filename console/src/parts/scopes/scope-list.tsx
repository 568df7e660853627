import { Code, List, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useMessages } from '../../messages/messages.js';
import { meaningOf } from './scope-words.js';

interface ScopeListView {
  readonly scopes: readonly string[];
  readonly empty: string;
  /** Action beside each scope. */
  readonly renderAction?: (scope: string) => ReactNode;
}

/** Scopes, each with what it means. */
export function ScopeList({ scopes, empty, renderAction }: ScopeListView) {
  const t = useMessages();
  if (scopes.length === 0) return <Text c="dimmed">{empty}</Text>;
  return (
    <List listStyleType="none" spacing="xs">
      {scopes.map((scope) => (
        <List.Item key={scope} className="break">
          <Code>{scope}</Code> {renderAction?.(scope)}
          <Text size="sm">{meaningOf(scope, t) ?? t('scope.unknown')}</Text>
        </List.Item>
      ))}
    </List>
  );
}
