import { Alert, Stack } from '@mantine/core';
import { useMessages } from '../messages/messages.js';
import { PageTitle } from '../parts/page-title.js';

/** In place of a page about users and apps, where another server keeps those. */
export function IssuedElsewhere() {
  const t = useMessages();
  return (
    <Stack>
      <PageTitle text={t('elsewhere.title')} />
      <Alert role="note">{t('elsewhere.cure')}</Alert>
    </Stack>
  );
}
