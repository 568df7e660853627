import { Route, Routes } from 'react-router';
import { NeedsLogin } from '../../login/needs-login.js';
import { NotFoundPage } from '../../parts/not-found-page.js';
import { NewPolicyPage } from './new-policy-page.js';
import { PolicyListPage } from './policy-list-page.js';
import { PolicyPage } from './policy-page.js';

/** The policies, which narrow the access of users and apps. */
export const PoliciesPage = () => (
  <Routes>
    <Route
      index
      element={
        <NeedsLogin rights={['admin/Policy.s']}>
          <PolicyListPage />
        </NeedsLogin>
      }
    />
    <Route
      path="new"
      element={
        <NeedsLogin rights={['admin/Policy.c']}>
          <NewPolicyPage />
        </NeedsLogin>
      }
    />
    <Route
      path="name/:name"
      element={
        <NeedsLogin rights={['admin/Policy.r']}>
          <PolicyPage />
        </NeedsLogin>
      }
    />
    <Route path="*" element={<NotFoundPage />} />
  </Routes>
);
