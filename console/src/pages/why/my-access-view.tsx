import { Badge, Button, Group, Stack, Table, Text, TextInput, Title, VisuallyHidden } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { NeedsLogin } from '../../login/needs-login.js';
import { useServer } from '../../login/use-login.js';
import { useMessages } from '../../messages/messages.js';
import { Failure, ReasonLink } from '../../parts/failure.js';
import { Loading } from '../../parts/loading.js';
import type { Parameters } from '../../server/parameters.js';
import { letters, type MyAccess, readMyAccess, type TypeAccess } from './my-access.js';

/** Permissions of the caller, type by type. */
export function MyAccessView() {
  return (
    <NeedsLogin rights={[]} isPart>
      <Mine />
    </NeedsLogin>
  );
}

function Mine() {
  const { fhir } = useServer();
  const mine = useQuery({
    queryKey: ['my-access'],
    queryFn: async ({ signal }) => readMyAccess(await fhir.ask<Parameters>({ path: '$my-access', signal })),
  });
  if (mine.isError) return <Failure error={mine.error} again={() => void mine.refetch()} />;
  if (!mine.data) return <Loading />;
  return (
    <Stack>
      <Facts mine={mine.data} />
      <Ignored mine={mine.data} />
      <Matrix types={mine.data.types} />
    </Stack>
  );
}

function Facts({ mine: { facts, scopes, administers, policies } }: { readonly mine: MyAccess }) {
  const t = useMessages();
  return (
    <Table>
      <Table.Tbody>
        {facts.map(({ name, value }) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" w="40%">
              {t(`mine.${name}`)}
            </Table.Th>
            <Table.Td className="break">{value}</Table.Td>
          </Table.Tr>
        ))}
        <Table.Tr>
          <Table.Th scope="row">{t('mine.scopes')}</Table.Th>
          <Table.Td className="break code">{[...scopes, ...administers].join(' ') || t('mine.none')}</Table.Td>
        </Table.Tr>
        {policies.map(({ policy, verdict, because }) => (
          <Table.Tr key={policy}>
            <Table.Th scope="row">{t('mine.policy', { policy })}</Table.Th>
            <Table.Td className="break">
              {verdict} {because}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Ignored({ mine: { ignored } }: { readonly mine: MyAccess }) {
  const t = useMessages();
  if (ignored.length === 0) return null;
  return (
    <Stack gap="xs">
      <Title order={2} size="h5">
        {t('mine.ignored')}
      </Title>
      {ignored.map(({ scope, why, reason }) => (
        <Group key={scope} gap="xs">
          <Badge variant="default" tt="none" className="code">
            {scope}
          </Badge>
          <Text size="sm">{why}</Text>
          {reason !== undefined && <ReasonLink reason={reason} />}
        </Group>
      ))}
    </Stack>
  );
}

const shownAtOnce = 30;

function Matrix({ types }: { readonly types: readonly TypeAccess[] }) {
  const t = useMessages();
  const [filter, setFilter] = useState('');
  const [isWhole, setWhole] = useState(false);
  if (types.length === 0) return <Text>{t('mine.nothing')}</Text>;
  const found = types.filter(({ type }) => type.toLowerCase().includes(filter.trim().toLowerCase()));
  const shown = isWhole ? found : found.slice(0, shownAtOnce);
  return (
    <Stack gap="xs">
      <TextInput
        label={t('mine.filter')}
        value={filter}
        onChange={(event) => setFilter(event.currentTarget.value)}
        maw={320}
      />
      <Table.ScrollContainer minWidth={340} type="native" tabIndex={0} role="region" aria-label={t('mine.matrix')}>
        <Table striped>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{t('mine.type')}</Table.Th>
              {letters.map((letter) => (
                <Table.Th scope="col" key={letter} ta="center">
                  {t(`mine.letter.${letter}`)}
                </Table.Th>
              ))}
              <Table.Th scope="col">{t('mine.reach')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map(({ type, permissions, reach }) => (
              <Table.Tr key={type}>
                <Table.Th scope="row">{type}</Table.Th>
                {letters.map((letter) => (
                  <Table.Td key={letter} ta="center">
                    <span aria-hidden="true">{permissions.includes(letter) ? '✔' : '·'}</span>
                    <VisuallyHidden>{t(permissions.includes(letter) ? 'mine.may' : 'mine.mayNot')}</VisuallyHidden>
                  </Table.Td>
                ))}
                <Table.Td className="break">{reach.join('; ')}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {shown.length < found.length && (
        <Button variant="default" onClick={() => setWhole(true)}>
          {t.count('mine.all', found.length)}
        </Button>
      )}
    </Stack>
  );
}
