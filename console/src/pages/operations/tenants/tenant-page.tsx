import { Anchor, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { useServerAdmin } from '../../../login/use-admin.js';
import { useRight } from '../../../login/use-right.js';
import { type Messages, useMessages } from '../../../messages/messages.js';
import { ConfirmButton } from '../../../parts/confirm-button.js';
import { FactTable } from '../../../parts/lists/fact-table.js';
import { Failure } from '../../../parts/failure.js';
import { Loading } from '../../../parts/loading.js';
import { Moment } from '../../../parts/moment.js';
import { PageTitle } from '../../../parts/page-title.js';
import { pathOf } from '../../../server/admin-api.js';
import { EraseTenant } from './erase-tenant.js';
import { LimitsForm } from './limits-form.js';
import { LookInside } from './look-inside.js';
import { defaultTenant, type Tenant } from './tenant.js';
import { TenantState } from './tenant-list-page.js';

/** A tenant: whether it answers, its limits, what it stores. */
export function TenantPage() {
  const t = useMessages();
  const { name = '' } = useParams();
  const api = useServerAdmin();
  const read = useQuery({
    queryKey: ['tenant', name],
    staleTime: 0,
    queryFn: ({ signal }) => api.get<Tenant>(pathOf('tenants', name), signal),
  });
  return (
    <Stack>
      <PageTitle text={name} />
      <Anchor component={Link} to="/operations/tenants">
        {t('tenants.all')}
      </Anchor>
      {read.isPending && <Loading />}
      {read.isError && <Failure error={read.error} again={() => void read.refetch()} />}
      {read.data && <Opened tenant={read.data} />}
    </Stack>
  );
}

function Opened({ tenant }: { readonly tenant: Tenant }) {
  const t = useMessages();
  const mayChange = useRight('operator/Tenant.u');
  const isOwn = tenant.name === defaultTenant;
  return (
    <>
      <FactTable
        facts={[
          [t('users.state'), <TenantState key="state" tenant={tenant} />],
          [t('tenants.created'), <Moment key="created" instant={tenant.created} />],
          [t('home.base'), tenant.fhirBase],
          [t('home.issuer'), tenant.issuer],
          [t('tenants.usage'), usageOf(tenant, t)],
        ]}
      />
      {isOwn ? <Text size="sm">{t('tenants.default')}</Text> : <Actions tenant={tenant} />}
      {mayChange && (
        <>
          <Title order={2} size="h4">
            {t('tenants.limits')}
          </Title>
          <LimitsForm tenant={tenant} />
        </>
      )}
    </>
  );
}

const usageOf = ({ usage }: Tenant, t: Messages): string =>
  usage === undefined
    ? t('tenants.usage.none')
    : t('tenants.usage.what', { resources: t.number(usage.resources), bytes: t.number(usage.bytes) });

function Actions({ tenant }: { readonly tenant: Tenant }) {
  const { name, state } = tenant;
  const t = useMessages();
  const mayErase = useRight('operator/Tenant.d');
  if (state !== 'active' && state !== 'suspended') return <Text size="sm">{t(`tenants.${state}.what`)}</Text>;
  return (
    <Stack>
      <Group>
        {state === 'active' && <LookInside tenant={tenant} />}
        <SuspendTenant name={name} isActive={state === 'active'} />
        {mayErase && state === 'suspended' && <EraseTenant name={name} />}
      </Group>
      {mayErase && state === 'active' && <Text size="sm">{t('tenants.erase.first')}</Text>}
    </Stack>
  );
}

function SuspendTenant({ name, isActive }: { readonly name: string; readonly isActive: boolean }) {
  const t = useMessages();
  const api = useServerAdmin();
  const queries = useQueryClient();
  const mayChange = useRight('operator/Tenant.u');
  if (!mayChange) return null;
  const change = async (): Promise<void> => {
    await api.send('PATCH', pathOf('tenants', name), { state: isActive ? 'suspended' : 'active' });
    await queries.invalidateQueries();
  };
  const key = isActive ? 'tenants.suspend' : 'tenants.resume';
  return <ConfirmButton key={key} label={t(key)} text={t(`${key}.what`)} act={change} />;
}
