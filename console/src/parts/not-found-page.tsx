import { Anchor, Stack, Text } from '@mantine/core';
import { Link } from 'react-router';
import { useMessages } from '../messages/messages.js';
import { PageTitle } from './page-title.js';

export function NotFoundPage() {
  const t = useMessages();
  return (
    <Stack>
      <PageTitle text={t('notFound.title')} />
      <Text>{t('notFound.cure')}</Text>
      <Anchor component={Link} to="/">
        {t('nav.home')}
      </Anchor>
    </Stack>
  );
}
