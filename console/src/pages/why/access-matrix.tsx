import {
  Badge,
  Button,
  Group,
  NativeSelect,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
  VisuallyHidden,
} from '@mantine/core';
import { useState } from 'react';
import { useMessages } from '../../messages/messages.js';
import { ReasonLink } from '../../parts/failure.js';
import { letters, type MyAccess, type TypeAccess } from './my-access.js';

/** Permissions of a caller, type by type. `empty`: said where there are none. */
export function AccessMatrix({ access, empty }: { readonly access: MyAccess; readonly empty: string }) {
  return (
    <Stack>
      <Facts mine={access} />
      <Ignored mine={access} />
      {access.types.length === 0 ? <Text>{empty}</Text> : <Matrix types={access.types} />}
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
  const [letter, setLetter] = useState('');
  const [isWhole, setWhole] = useState(false);
  const found = types.filter(
    ({ type, permissions }) => type.toLowerCase().includes(filter.trim().toLowerCase()) && permissions.includes(letter),
  );
  const shown = isWhole ? found : found.slice(0, shownAtOnce);
  return (
    <Stack gap="xs">
      <Group align="flex-end">
        <TextInput
          label={t('mine.filter')}
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
          maw={320}
        />
        <NativeSelect
          label={t('mine.permission')}
          value={letter}
          data={[
            { value: '', label: t('mine.permission.any') },
            ...letters.map((one) => ({ value: one, label: t(`mine.letter.${one}`) })),
          ]}
          onChange={(event) => setLetter(event.currentTarget.value)}
        />
      </Group>
      <Text size="sm" role="status">
        {t.count('mine.found', found.length)}
      </Text>
      <Table.ScrollContainer
        pos="relative"
        minWidth={340}
        type="native"
        tabIndex={0}
        role="region"
        aria-label={t('mine.matrix')}
      >
        <Table striped>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{t('mine.type')}</Table.Th>
              {letters.map((one) => (
                <Table.Th scope="col" key={one} ta="center">
                  {t(`mine.letter.${one}`)}
                </Table.Th>
              ))}
              <Table.Th scope="col">{t('mine.reach')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map(({ type, permissions, reach }) => (
              <Table.Tr key={`${type} ${permissions}`}>
                <Table.Th scope="row">{type}</Table.Th>
                {letters.map((one) => (
                  <Table.Td key={one} ta="center">
                    <span aria-hidden="true">{permissions.includes(one) ? '✔' : '·'}</span>
                    <VisuallyHidden>{t(permissions.includes(one) ? 'mine.may' : 'mine.mayNot')}</VisuallyHidden>
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
