import type { ComponentType } from 'react';
import { Route, Routes } from 'react-router';
import { NeedsLogin } from '../../login/needs-login.js';
import { useServer } from '../../login/use-login.js';
import { NotFoundPage } from '../../parts/not-found-page.js';
import { AuditPage } from './audit-page.js';
import { DoctorPage } from './doctor-page.js';
import { ExtensionsPage } from './extensions-page.js';
import { HealthPage } from './health-page.js';
import { IssuersPage } from './issuers-page.js';
import { JobsPage } from './jobs/jobs-page.js';
import { MetricsPage } from './metrics/metrics-page.js';
import { PackagesPage } from './packages/packages-page.js';
import { OfProcessPage } from './of-process-page.js';
import { type Section, type SectionPath, sections } from './sections.js';
import { SettingsPage } from './settings-page.js';
import { SuppressionsPage } from './suppressions/suppressions-page.js';
import { TenantsPage } from './tenants/tenants-page.js';

const pages: Readonly<Record<SectionPath, ComponentType>> = {
  doctor: DoctorPage,
  issuers: IssuersPage,
  jobs: JobsPage,
  metrics: MetricsPage,
  settings: SettingsPage,
  packages: PackagesPage,
  suppressions: SuppressionsPage,
  extensions: ExtensionsPage,
  audit: AuditPage,
  'tenants/*': TenantsPage,
};

/** How the server is, and what happened on it. */
export const OperationsPage = () => (
  <Routes>
    <Route index element={<HealthPage />} />
    {sections.map((section) => (
      <Route key={section.path} path={section.path} element={<Opened section={section} />} />
    ))}
    <Route path="*" element={<NotFoundPage />} />
  </Routes>
);

function Opened({ section }: { readonly section: Section & { readonly path: SectionPath } }) {
  const { config } = useServer();
  const { path, label, right, isHere } = section;
  const Page = pages[path];
  // The page of tenants says itself why there are none.
  if (path === 'tenants/*') return <Page />;
  return (
    <NeedsLogin rights={[right]}>{isHere?.(config) === false ? <OfProcessPage title={label} /> : <Page />}</NeedsLogin>
  );
}
