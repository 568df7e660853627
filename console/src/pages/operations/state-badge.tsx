import { Badge } from '@mantine/core';
import { useMessages } from '../../messages/messages.js';
import { colourOf, stateKey } from './health.js';

interface StateBadgeView {
  readonly state: string;
  /** In place of the word for the state. */
  readonly word?: string;
}

/** The state of a process, or of a part of it. */
export function StateBadge({ state, word }: StateBadgeView) {
  const t = useMessages();
  const key = stateKey(state);
  return (
    <Badge color={colourOf(state)} tt="none" miw="max-content">
      {word ?? (key === undefined ? state : t(key))}
    </Badge>
  );
}
