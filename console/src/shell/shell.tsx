import { AppShell, Burger, Group, NavLink as MantineLink, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Suspense, useEffect } from 'react';
import { NavLink, Route, Routes, useLocation } from 'react-router';
import { CallbackPage } from '../login/callback-page.js';
import { IssuedElsewhere } from '../login/issued-elsewhere.js';
import { LoginEnded } from '../login/login-ended.js';
import { NeedsLogin } from '../login/needs-login.js';
import { scopesAt } from '../login/page-scopes.js';
import { ScopesNeeded } from '../login/scopes-needed.js';
import { useServer } from '../login/use-login.js';
import { useMessages } from '../messages/messages.js';
import { ErrorBoundary } from '../parts/error-boundary.js';
import { Loading } from '../parts/loading.js';
import { NotFoundPage } from '../parts/not-found-page.js';
import { type PageRoute, pages } from '../routes.js';
import { useVisiblePages } from '../visible-pages.js';
import { LoginMenu } from './login-menu.js';
import { SettingsMenu } from './settings-menu.js';
import { VersionNotice } from './version-notice.js';

/** The frame of every page: the user, the navigation, and the page. */
export function Shell() {
  const t = useMessages();
  const [isOpen, { toggle, close }] = useDisclosure(false);
  const { pathname } = useLocation();
  const visible = useVisiblePages();
  useEffect(close, [pathname, close]);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 200, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding={{ base: 'sm', sm: 'lg' }}
    >
      <a className="skip" href="#content" onClick={skipToContent}>
        {t('shell.skip')}
      </a>
      <AppShell.Header>
        <Group h="100%" px="sm" gap="xs" wrap="nowrap" justify="space-between">
          <Group gap="xs" wrap="nowrap">
            <Burger
              opened={isOpen}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={t('shell.navigation')}
              aria-expanded={isOpen}
            />
            <Logo />
            <Text fw={700} visibleFrom="xs">
              Lanyard
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <LoginMenu />
            <SettingsMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={t('shell.navigation')}>
        {visible.map(({ path, label }) => (
          <MantineLink key={path} component={NavLink} to={`/${withoutStar(path)}`} end={path === ''} label={t(label)} />
        ))}
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <VersionNotice />
        <ErrorBoundary key={pathname}>
          <Suspense fallback={<Loading />}>
            <Routes>
              {pages.map((page) => (
                <Route key={page.path} path={`/${page.path}`} element={<Opened page={page} />} />
              ))}
              <Route path="/callback" element={<CallbackPage />} />
              <Route path="*" element={<NotFoundPage />} />
            </Routes>
          </Suspense>
        </ErrorBoundary>
      </AppShell.Main>
      <LoginEnded />
    </AppShell>
  );
}

function Opened({ page }: { readonly page: PageRoute }) {
  const { Page, about, needsLogin, rights, isOfIssuer = false } = page;
  const { config } = useServer();
  const { pathname } = useLocation();
  if (isOfIssuer && config.accounts === undefined) return <IssuedElsewhere />;
  const scopes = scopesAt(pathname);
  return needsLogin ? (
    <NeedsLogin rights={rights ?? []} scopes={scopes} about={about}>
      <Page />
    </NeedsLogin>
  ) : (
    <ScopesNeeded scopes={scopes} about={about} isOptional>
      <Page />
    </ScopesNeeded>
  );
}

const withoutStar = (path: string): string => path.replace(/\/\*$/, '');

/** The base of the page makes `#content` another address, so the focus moves by script. */
function skipToContent(event: { preventDefault(): void }): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('#content')?.focus();
}

const Logo = () => (
  <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false">
    <rect width="32" height="32" rx="8" fill="#0f5e9c" />
    <path d="M11 4l5 9 5-9M10 13h12v13H10z" fill="none" stroke="#fff" strokeWidth="2.5" strokeLinejoin="round" />
    <path d="M13 18h6M13 22h4" stroke="#fff" strokeWidth="2" strokeLinecap="round" />
  </svg>
);
