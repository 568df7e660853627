import { Route, Routes, useLocation } from 'react-router';
import { NeedsLogin } from '../../login/needs-login.js';
import { NotFoundPage } from '../../parts/not-found-page.js';
import { NewUserPage } from './new-user-page.js';
import { UserListPage } from './user-list-page.js';
import { UserPage } from './user-page.js';
import { userIn } from './user.js';

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
    <Route path="user" element={<OneUser />} />
    <Route path="*" element={<NotFoundPage />} />
  </Routes>
);

/** Anew for each user: nothing that was typed about one is shown with another. */
function OneUser() {
  const name = userIn(useLocation().hash);
  return name === '' ? <NotFoundPage /> : <UserPage key={name} name={name} />;
}
