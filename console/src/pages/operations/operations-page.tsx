import { Route, Routes } from 'react-router';
import { NeedsLogin } from '../../login/needs-login.js';
import { NotFoundPage } from '../../parts/not-found-page.js';
import { AuditPage } from './audit-page.js';
import { DoctorPage } from './doctor-page.js';
import { ExtensionsPage } from './extensions-page.js';
import { HealthPage } from './health-page.js';

/** How the server is, and what happened on it. */
export const OperationsPage = () => (
  <Routes>
    <Route index element={<HealthPage />} />
    <Route
      path="doctor"
      element={
        <NeedsLogin rights={['admin/Job.r']}>
          <DoctorPage />
        </NeedsLogin>
      }
    />
    <Route
      path="extensions"
      element={
        <NeedsLogin rights={['admin/Job.r']}>
          <ExtensionsPage />
        </NeedsLogin>
      }
    />
    <Route
      path="audit"
      element={
        <NeedsLogin rights={['admin/Audit.s']}>
          <AuditPage />
        </NeedsLogin>
      }
    />
    <Route path="*" element={<NotFoundPage />} />
  </Routes>
);
