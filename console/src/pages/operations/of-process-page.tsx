import { Alert, Stack } from '@mantine/core';
import { type MessageKey, useMessages } from '../../messages/messages.js';
import { PageTitle } from '../../parts/page-title.js';
import { SectionLinks } from './section-links.js';

/** In place of a page about the process, at a tenant: the operator has it. */
export function OfProcessPage({ title }: { readonly title: MessageKey }) {
  const t = useMessages();
  return (
    <Stack>
      <PageTitle text={t(title)} />
      <SectionLinks />
      <Alert role="note" title={t('operations.ofProcess')}>
        {t('operations.ofProcess.cure')}
      </Alert>
    </Stack>
  );
}
