import { Anchor, Button, Group, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { useServer } from '../../login/use-login.js';
import { useMessages } from '../../messages/messages.js';
import { Failure } from '../../parts/failure.js';
import { Loading } from '../../parts/loading.js';
import { PageTitle } from '../../parts/page-title.js';
import { typesOf } from './capability.js';
import { type Count, countedAtOnce, countTypes } from './counts.js';
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
      <TypeList types={found.map(({ type }) => type)} />
    </Stack>
  );
}

/** The types, and how many resources of each there are, when that is asked for. */
function TypeList({ types }: { readonly types: readonly string[] }) {
  const t = useMessages();
  const { fhir } = useServer();
  const [counts, setCounts] = useState<ReadonlyMap<string, Count>>(new Map());
  const next = types.filter((type) => !counts.has(type)).slice(0, countedAtOnce);
  const count = useMutation({
    mutationFn: () => countTypes(fhir, next),
    onSuccess: (found) => setCounts((before) => new Map([...before, ...found])),
  });
  return (
    <>
      {types.length > 0 && (
        <Group>
          <Button
            variant="default"
            disabled={next.length === 0}
            loading={count.isPending}
            onClick={() => count.mutate()}
          >
            {t.count('data.count', next.length)}
          </Button>
        </Group>
      )}
      {count.isError && <Failure error={count.error} again={() => count.mutate()} />}
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3, xl: 4 }} spacing="xs">
        {types.map((type) => (
          <Group key={type} gap="xs" wrap="nowrap" align="baseline">
            <Anchor component={Link} to={`/data/${type}`} py={4}>
              {type}
            </Anchor>
            <CountText count={counts.get(type)} />
          </Group>
        ))}
      </SimpleGrid>
    </>
  );
}

function CountText({ count }: { readonly count: Count | undefined }) {
  const t = useMessages();
  if (!count) return null;
  return (
    <Text size="sm" c="dimmed">
      {'total' in count ? t.number(count.total) : t('data.notCounted', { status: count.refused })}
    </Text>
  );
}
