import { Anchor, Badge, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { useAdmin } from '../../login/use-admin.js';
import { useServer } from '../../login/use-login.js';
import { useRight } from '../../login/use-right.js';
import { useMessages } from '../../messages/messages.js';
import type { Column } from '../../parts/lists/data-table.js';
import { PagedList } from '../../parts/lists/paged-list.js';
import { PageTitle } from '../../parts/page-title.js';
import { useListing } from '../../parts/lists/use-listing.js';
import { pathToUser, type User } from './user.js';

export function UserListPage() {
  const t = useMessages();
  const { config } = useServer();
  const mayList = useRight('admin/User.s');
  const mayAdd = useRight('admin/User.c');
  return (
    <Stack>
      <Group justify="space-between">
        <PageTitle text={t('users.title')} />
        {mayAdd && (
          <Button component={Link} to="/users/new">
            {t('users.add')}
          </Button>
        )}
      </Group>
      <Text maw="70ch">
        {t('users.what')}{' '}
        <Anchor href={`${config.accounts}/account`} underline="always">
          {t('users.ownPassword')}
        </Anchor>{' '}
        <Anchor href={`${config.accounts}/apps`} underline="always">
          {t('users.ownApps')}
        </Anchor>
      </Text>
      {mayList ? <UserList /> : <UserByName />}
    </Stack>
  );
}

function UserList() {
  const t = useMessages();
  const listing = useListing<User>(useAdmin(), 'users');
  const columns: readonly Column<User>[] = [
    {
      key: 'name',
      label: t('users.name'),
      renderCell: ({ name }) => (
        <Anchor component={Link} to={pathToUser(name)} fz="inherit">
          {name}
        </Anchor>
      ),
    },
    { key: 'state', label: t('users.state'), renderCell: (user) => <UserState user={user} /> },
    { key: 'fhirUser', label: t('users.fhirUser'), renderCell: ({ fhirUser }) => fhirUser ?? '', isMinor: true },
    { key: 'grants', label: t('users.grants'), renderCell: ({ grants }) => grants.join(' '), isMinor: true },
  ];
  return (
    <PagedList
      listing={listing}
      caption={t('users.title')}
      searchLabel={t('users.search')}
      textOf={({ name, fhirUser = '', grants }) => [name, fhirUser, ...grants].join(' ')}
      keyOf={({ name }) => name}
      columns={columns}
      empty={t('users.none')}
    />
  );
}

/** For a helpdesk, which may not list users. */
function UserByName() {
  const t = useMessages();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const open = (event: FormEvent): void => {
    event.preventDefault();
    if (name.trim() !== '') void navigate(pathToUser(name.trim()));
  };
  return (
    <form onSubmit={open}>
      <Group align="flex-end">
        <TextInput
          label={t('users.name')}
          description={t('users.byName')}
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        <Button type="submit">{t('users.open')}</Button>
      </Group>
    </form>
  );
}

export function UserState({ user: { disabled, oneTimePasswordUntil } }: { readonly user: User }) {
  const t = useMessages();
  return (
    <Group gap={4}>
      <Badge variant={disabled ? 'filled' : 'default'} color={disabled ? 'red.9' : 'gray'} tt="none" miw="max-content">
        {t(disabled ? 'users.disabled' : 'users.active')}
      </Badge>
      {oneTimePasswordUntil !== undefined && (
        <Badge variant="default" tt="none">
          {t('users.oneTime')}
        </Badge>
      )}
    </Group>
  );
}
