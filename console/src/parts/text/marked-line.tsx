import { Group, Stack, Text, VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';
import { type MessageKey, useMessages } from '../../messages/messages.js';

/** How an outcome is shown: a sign for the eye, a word for screen readers. */
export interface Mark {
  readonly sign: string;
  readonly colour: string;
  readonly word: MessageKey;
}

interface MarkedLineView {
  readonly mark: Mark;
  readonly text: string;
  readonly cure: string | undefined;
  /** True for what is wrong. */
  readonly isStrong: boolean;
  readonly children?: ReactNode;
}

/** A fact with the mark of its outcome, and the cure. */
export function MarkedLine({ mark: { sign, colour, word }, text, cure, isStrong, children }: MarkedLineView) {
  const t = useMessages();
  return (
    <Group wrap="nowrap" align="flex-start" gap="xs">
      <Text span c={colour} fw={700} aria-hidden="true" w="1.2em" ta="center">
        {sign}
      </Text>
      <VisuallyHidden>{t(word)}:</VisuallyHidden>
      <Stack gap={2} flex={1} miw={0}>
        <Text size="sm" fw={isStrong ? 600 : 400} className="break">
          {text}
        </Text>
        {cure !== undefined && (
          <Text size="sm" className="break">
            {t('why.cure')} {cure}
          </Text>
        )}
        {children}
      </Stack>
    </Group>
  );
}
