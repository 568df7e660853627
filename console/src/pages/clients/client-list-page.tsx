import { Alert, Anchor, Badge, Button, Group, Stack, Text } from '@mantine/core';
import { Link } from 'react-router';
import { useAdmin } from '../../login/use-admin.js';
import { useRight } from '../../login/use-right.js';
import { useMessages } from '../../messages/messages.js';
import type { Column } from '../../parts/lists/data-table.js';
import { PagedList } from '../../parts/lists/paged-list.js';
import { PageTitle } from '../../parts/page-title.js';
import { useListing } from '../../parts/lists/use-listing.js';
import { type Client, kindOf, pathToClient } from './client.js';

export function ClientListPage() {
  const t = useMessages();
  const mayList = useRight('admin/Client.s');
  const mayAdd = useRight('admin/Client.c');
  return (
    <Stack>
      <Group justify="space-between">
        <PageTitle text={t('clients.title')} />
        {mayAdd && (
          <Group>
            <Button component={Link} to="/clients/new">
              {t('clients.add')}
            </Button>
            <Button variant="default" component={Link} to="/clients/registration-token">
              {t('clients.token')}
            </Button>
          </Group>
        )}
      </Group>
      <Text maw="70ch">{t('clients.what')}</Text>
      {mayList ? <ClientList /> : <Alert role="note">{t('clients.unlisted')}</Alert>}
    </Stack>
  );
}

function ClientList() {
  const t = useMessages();
  const listing = useListing<Client>(useAdmin(), 'clients');
  const columns: readonly Column<Client>[] = [
    {
      key: 'name',
      label: t('clients.name'),
      renderCell: ({ id, name }) => (
        <>
          <Anchor component={Link} to={pathToClient(id)} fz="inherit">
            {name}
          </Anchor>
          <Text size="xs" c="dimmed" className="code">
            {id}
          </Text>
        </>
      ),
    },
    { key: 'state', label: t('users.state'), renderCell: ({ disabled }) => <ClientState disabled={disabled} /> },
    {
      key: 'kind',
      label: t('clients.kind'),
      renderCell: (client) => t(`clients.kind.${kindOf(client)}`),
      isMinor: true,
    },
    { key: 'scopes', label: t('login.scopes'), renderCell: ({ scopes }) => scopes.join(' '), isMinor: true },
  ];
  return (
    <PagedList
      listing={listing}
      caption={t('clients.title')}
      searchLabel={t('clients.search')}
      textOf={({ id, name, scopes, redirectUris }) => [id, name, ...scopes, ...redirectUris].join(' ')}
      keyOf={({ id }) => id}
      columns={columns}
      empty={t('clients.none')}
    />
  );
}

export function ClientState({ disabled }: { readonly disabled: boolean }) {
  const t = useMessages();
  return (
    <Badge variant={disabled ? 'filled' : 'default'} color={disabled ? 'red.9' : 'gray'} tt="none" miw="max-content">
      {t(disabled ? 'clients.disabled' : 'users.active')}
    </Badge>
  );
}
