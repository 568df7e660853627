import { Route, Routes } from 'react-router';
import { NeedsLogin } from '../../login/needs-login.js';
import { NotFoundPage } from '../../parts/not-found-page.js';
import { NewUserPage } from './new-user-page.js';
import { UserListPage } from './user-list-page.js';
import { UserPage } from './user-page.js';

/** The people who log in here. */
export const UsersPage = () => (
  <Routes>
    <Route index element={<UserListPage />} />
    <Route
      path="new"
      element={
        <NeedsLogin rights={['admin/User.c']}>
          <NewUserPage />
        </NeedsLogin>
      }
    />
    <Route path="name/:name" element={<UserPage />} />
    <Route path="*" element={<NotFoundPage />} />
  </Routes>
);
