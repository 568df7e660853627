import { Anchor, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { useServerAdmin } from '../../../login/use-admin.js';
import { useMessages } from '../../../messages/messages.js';
import { FactTable } from '../../../parts/lists/fact-table.js';
import { Failure } from '../../../parts/failure.js';
import { NewForm } from '../../../parts/new-form.js';
import { PageTitle } from '../../../parts/page-title.js';
import { ShownOnce } from '../../../parts/shown-once.js';
import type { NewTenant } from './tenant.js';

/** Makes a tenant and its first administrator. */
export function NewTenantPage() {
  const t = useMessages();
  const api = useServerAdmin();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [administrator, setAdministrator] = useState('admin');
  const create = useMutation({
    mutationFn: () =>
      api.send<NewTenant>('POST', 'tenants', { name: name.trim(), administrator: administrator.trim() }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['listing', 'tenants'] }),
  });
  if (create.data) return <Made tenant={create.data} />;
  return (
    <NewForm
      title={t('tenants.add')}
      onSubmit={() => create.mutate()}
      isPending={create.isPending}
      list="/operations/tenants"
    >
      <TextInput
        label={t('tenants.name')}
        description={t('tenants.name.what')}
        required
        maw={420}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
      />
      <TextInput
        label={t('tenants.administrator')}
        description={t('tenants.administrator.what')}
        required
        maw={420}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        value={administrator}
        onChange={({ currentTarget }) => setAdministrator(currentTarget.value)}
      />
      {create.isError && <Failure error={create.error} />}
    </NewForm>
  );
}

function Made({ tenant }: { readonly tenant: NewTenant }) {
  const t = useMessages();
  return (
    <Stack maw={720}>
      <PageTitle text={t('tenants.added', { name: tenant.name })} />
      <Text>{t('tenants.added.what')}</Text>
      <FactTable
        facts={[
          [t('home.base'), tenant.fhirBase],
          [t('home.issuer'), tenant.issuer],
          [t('tenants.administrator'), tenant.administrator],
        ]}
      />
      {tenant.password !== undefined && (
        <ShownOnce title={t('users.password')} text={t('tenants.password.for')} value={tenant.password} />
      )}
      <Anchor component={Link} to={`/operations/tenants/${encodeURIComponent(tenant.name)}`}>
        {t('tenants.openAdded')}
      </Anchor>
    </Stack>
  );
}
