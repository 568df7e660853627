import { Anchor, Badge, Button, Group, Stack, Text } from '@mantine/core';
import { Link } from 'react-router';
import { useServerAdmin } from '../../../login/use-admin.js';
import { useRight } from '../../../login/use-right.js';
import { useMessages } from '../../../messages/messages.js';
import { Moment } from '../../../parts/moment.js';
import { PagedList } from '../../../parts/lists/paged-list.js';
import { PageTitle } from '../../../parts/page-title.js';
import { useListing } from '../../../parts/lists/use-listing.js';
import { SectionLinks } from '../section-links.js';
import type { Tenant } from './tenant.js';

export function TenantListPage() {
  const t = useMessages();
  const listing = useListing<Tenant>(useServerAdmin(), 'tenants');
  const mayAdd = useRight('operator/Tenant.c');
  return (
    <Stack>
      <Group justify="space-between">
        <PageTitle text={t('tenants.title')} />
        {mayAdd && (
          <Button component={Link} to="/operations/tenants/_new">
            {t('tenants.add')}
          </Button>
        )}
      </Group>
      <SectionLinks />
      <Text maw="70ch">{t('tenants.what')}</Text>
      <PagedList
        listing={listing}
        caption={t('tenants.title')}
        searchLabel={t('tenants.search')}
        textOf={({ name, fhirBase }) => `${name} ${fhirBase}`}
        keyOf={({ name }) => name}
        empty={t('tenants.none')}
        columns={[
          {
            key: 'name',
            label: t('tenants.name'),
            renderCell: ({ name }) => (
              <Anchor component={Link} to={`/operations/tenants/${encodeURIComponent(name)}`} fz="inherit">
                {name}
              </Anchor>
            ),
          },
          { key: 'state', label: t('users.state'), renderCell: (tenant) => <TenantState tenant={tenant} /> },
          { key: 'base', label: t('home.base'), renderCell: ({ fhirBase }) => fhirBase, isMinor: true },
          {
            key: 'created',
            label: t('tenants.created'),
            renderCell: ({ created }) => <Moment instant={created} />,
            isMinor: true,
          },
        ]}
      />
    </Stack>
  );
}

export function TenantState({ tenant: { state } }: { readonly tenant: Pick<Tenant, 'state'> }) {
  const t = useMessages();
  const isActive = state === 'active';
  return (
    <Badge variant={isActive ? 'default' : 'filled'} color={isActive ? 'gray' : 'red.9'} tt="none" miw="max-content">
      {t(`tenants.state.${state}`)}
    </Badge>
  );
}
