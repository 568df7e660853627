import { type ComponentType, lazy, type LazyExoticComponent } from 'react';
import type { MessageKey } from './messages/messages.js';

/** A page of the console: a folder of `pages`, loaded when it is opened. */
export interface PageRoute {
  /** Below the console. `*`: the page has addresses of its own below that. */
  readonly path: string;
  readonly label: MessageKey;
  /** Purpose, in a sentence. */
  readonly about: MessageKey;
  readonly Page: LazyExoticComponent<ComponentType>;
  /** True if it shows nothing without a login. */
  readonly needsLogin: boolean;
  /** Rights to administer of which one is needed, such as `admin/User.r`: without one the page says so. */
  readonly rights?: readonly string[];
  /** True if there is nothing to show where tokens come from another server's issuer. */
  readonly isOfIssuer?: boolean;
}

/** Every page, in the order of the navigation. */
export const pages: readonly PageRoute[] = [
  {
    path: '',
    label: 'nav.home',
    about: 'home.what',
    needsLogin: false,
    Page: lazy(() => import('./pages/home/home-page.js').then(({ HomePage }) => ({ default: HomePage }))),
  },
  {
    path: 'quickstart',
    label: 'quickstart.title',
    about: 'quickstart.what',
    needsLogin: true,
    rights: ['admin/Client.c'],
    Page: lazy(() =>
      import('./pages/quickstart/quickstart-page.js').then(({ QuickstartPage }) => ({ default: QuickstartPage })),
    ),
  },
  {
    path: 'why',
    label: 'nav.why',
    about: 'why.what',
    needsLogin: false,
    Page: lazy(() => import('./pages/why/why-page.js').then(({ WhyPage }) => ({ default: WhyPage }))),
  },
  {
    path: 'data/*',
    label: 'nav.data',
    about: 'data.what',
    needsLogin: true,
    Page: lazy(() => import('./pages/data/data-page.js').then(({ DataPage }) => ({ default: DataPage }))),
  },
  {
    path: 'request/*',
    label: 'nav.request',
    about: 'request.about',
    needsLogin: false,
    Page: lazy(() => import('./pages/request/request-page.js').then(({ RequestPage }) => ({ default: RequestPage }))),
  },
  {
    path: 'users/*',
    label: 'users.title',
    about: 'users.about',
    needsLogin: true,
    rights: ['admin/User.s', 'admin/User.r', 'admin/User.c', 'admin/User.u'],
    isOfIssuer: true,
    Page: lazy(() => import('./pages/users/users-page.js').then(({ UsersPage }) => ({ default: UsersPage }))),
  },
  {
    path: 'clients/*',
    label: 'clients.title',
    about: 'clients.about',
    needsLogin: true,
    rights: ['admin/Client.s', 'admin/Client.r', 'admin/Client.c'],
    isOfIssuer: true,
    Page: lazy(() => import('./pages/clients/clients-page.js').then(({ ClientsPage }) => ({ default: ClientsPage }))),
  },
  {
    path: 'policies/*',
    label: 'policies.title',
    about: 'policies.about',
    needsLogin: true,
    rights: ['admin/Policy.s', 'admin/Policy.r', 'admin/Policy.c'],
    isOfIssuer: true,
    Page: lazy(() =>
      import('./pages/policies/policies-page.js').then(({ PoliciesPage }) => ({ default: PoliciesPage })),
    ),
  },
  {
    path: 'operations/*',
    label: 'operations.title',
    about: 'operations.about',
    needsLogin: true,
    rights: ['admin/Job.r', 'admin/Audit.s', 'admin/Definition.s', 'operator/Tenant.s'],
    Page: lazy(() =>
      import('./pages/operations/operations-page.js').then(({ OperationsPage }) => ({ default: OperationsPage })),
    ),
  },
];
