import { Alert, Stack } from '@mantine/core';
import { Route, Routes } from 'react-router';
import { NeedsLogin } from '../../../login/needs-login.js';
import { useServer } from '../../../login/use-login.js';
import { useMessages } from '../../../messages/messages.js';
import { NotFoundPage } from '../../../parts/not-found-page.js';
import { PageTitle } from '../../../parts/page-title.js';
import { SectionLinks } from '../section-links.js';
import { NewTenantPage } from './new-tenant-page.js';
import { TenantListPage } from './tenant-list-page.js';
import { TenantPage } from './tenant-page.js';

/** Tenants, for the operator of the server. */
export function TenantsPage() {
  const { config } = useServer();
  if (config.tenants !== true) return <NoTenants />;
  return (
    <NeedsLogin rights={['operator/Tenant.s', 'operator/Tenant.r', 'operator/Tenant.c']}>
      <Routes>
        <Route index element={<TenantListPage />} />
        {/* No tenant can have this name. */}
        <Route path="_new" element={<NewTenantPage />} />
        <Route path=":name" element={<TenantPage />} />
        <Route path="*" element={<NotFoundPage />} />
      </Routes>
    </NeedsLogin>
  );
}

function NoTenants() {
  const t = useMessages();
  return (
    <Stack>
      <PageTitle text={t('tenants.title')} />
      <SectionLinks />
      <Alert role="note" title={t('tenants.off')}>
        {t('tenants.off.cure')}
      </Alert>
    </Stack>
  );
}
