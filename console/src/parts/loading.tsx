import { Skeleton, Stack, VisuallyHidden } from '@mantine/core';
import { useMessages } from '../messages/messages.js';

/** In place of what is not there yet. */
export function Loading() {
  const t = useMessages();
  return (
    <Stack component="output" aria-busy="true">
      <VisuallyHidden>{t('shell.loading')}</VisuallyHidden>
      <Skeleton height={28} width="40%" />
      <Skeleton height={120} />
    </Stack>
  );
}

/** In place of a short text that is not there yet, as high as that. */
export function LoadingText() {
  const t = useMessages();
  return (
    <output aria-busy="true">
      <VisuallyHidden>{t('shell.loading')}</VisuallyHidden>
      <Skeleton height="1lh" width="8ch" component="span" display="inline-block" />
    </output>
  );
}
