import { Route, Routes } from 'react-router';
import { NeedsLogin } from '../../login/needs-login.js';
import { NotFoundPage } from '../../parts/not-found-page.js';
import { ClientListPage } from './client-list-page.js';
import { ClientPage } from './client-page.js';
import { NewClientPage } from './new-client-page.js';
import { RegistrationTokenPage } from './registration-token-page.js';

const mayAdd = ['admin/Client.c'];

/** The apps and services that get tokens here. */
export const ClientsPage = () => (
  <Routes>
    <Route index element={<ClientListPage />} />
    <Route
      path="new"
      element={
        <NeedsLogin rights={mayAdd}>
          <NewClientPage />
        </NeedsLogin>
      }
    />
    <Route
      path="registration-token"
      element={
        <NeedsLogin rights={mayAdd}>
          <RegistrationTokenPage />
        </NeedsLogin>
      }
    />
    <Route path="id/:id" element={<ClientPage />} />
    <Route path="*" element={<NotFoundPage />} />
  </Routes>
);
