import { Anchor, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import { useMessages } from '../../messages/messages.js';
import { Failure } from '../../parts/failure.js';
import { Loading } from '../../parts/loading.js';
import { PageTitle } from '../../parts/page-title.js';
import { typesOf } from './capability.js';
import { useCapability } from './use-capability.js';

/** Every type that the server has. */
export function TypesView() {
  const t = useMessages();
  const capability = useCapability();
  const [filter, setFilter] = useState('');
  const wanted = filter.trim().toLowerCase();
  const found = typesOf(capability.data ?? {}).filter(({ type }) => type.toLowerCase().includes(wanted));
  return (
    <Stack>
      <PageTitle text={t('data.title')} />
      <Text maw="70ch">{t('data.what')}</Text>
      <TextInput
        label={t('data.filter')}
        value={filter}
        onChange={(event) => setFilter(event.currentTarget.value)}
        maw={320}
      />
      {capability.isError && <Failure error={capability.error} again={() => void capability.refetch()} />}
      {capability.isPending && <Loading />}
      {capability.data && found.length === 0 && <Text>{t('data.noType', { filter })}</Text>}
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3, xl: 4 }} spacing="xs">
        {found.map(({ type }) => (
          <Anchor key={type} component={Link} to={`/data/${type}`} py={4}>
            {type}
          </Anchor>
        ))}
      </SimpleGrid>
    </Stack>
  );
}
