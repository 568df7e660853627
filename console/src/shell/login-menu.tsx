import { Badge, Button, Group, Popover, Stack, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useLocation } from 'react-router';
import { SignInButton } from '../login/sign-in-button.js';
import { useLogin, useServer } from '../login/use-login.js';
import { useMessages } from '../messages/messages.js';
import type { Tokens } from '../login/oauth.js';

/** Who is logged in, with which scopes, until when: on every page. */
export function LoginMenu() {
  const t = useMessages();
  const login = useLogin();
  const { session } = useServer();
  const { pathname, search, hash } = useLocation();
  if (login.state === 'in') return <LoggedIn tokens={login.tokens} isBrought={login.isBrought} />;
  if (login.state === 'ended') return <Text size="sm">{t('login.over', { user: login.user })}</Text>;
  if (!session.oauth) return <Text size="sm">{t('login.out')}</Text>;
  return <SignInButton size="sm" returnTo={pathname + search + hash} />;
}

function LoggedIn({ tokens, isBrought }: { readonly tokens: Tokens; readonly isBrought: boolean }) {
  const t = useMessages();
  const { session } = useServer();
  const left = useMinutesLeft(tokens.expiresAt);
  const until = Number.isFinite(tokens.expiresAt) ? t.time(new Date(tokens.expiresAt)) : '?';
  return (
    <Popover position="bottom-end" width="min(20rem, 94vw)" withArrow trapFocus>
      <Popover.Target>
        <Button variant="default" size="sm" maw="55vw">
          <Text span truncate inherit>
            {tokens.user}
          </Text>
          <Text span size="xs" c="dimmed" ml="xs" visibleFrom="xs">
            {t('login.until', { time: until })}
          </Text>
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('login.details')}>
        <Stack gap="xs">
          <Text fw={600} className="break">
            {tokens.user}
          </Text>
          {tokens.fhirUser !== undefined && (
            <Text size="sm" c="dimmed" className="break">
              {tokens.fhirUser}
            </Text>
          )}
          <Text size="sm">
            {left === undefined ? t('login.unknownEnd') : t.count('login.minutes', left, { time: until })}{' '}
            {t(isBrought ? 'login.notRenewed' : 'login.renewed')}
          </Text>
          <Text size="sm" fw={600}>
            {t('login.scopes')}
          </Text>
          <Group gap={4}>
            {tokens.scopes.map((scope) => (
              <Badge key={scope} variant="default" tt="none" fw={500} className="code" maw="100%">
                {scope}
              </Badge>
            ))}
          </Group>
          {session.oauth && !isBrought && (
            <Text size="xs" c="dimmed">
              {t('login.scopes.more')}
            </Text>
          )}
          <Button variant="default" onClick={() => void session.signOut()}>
            {t('login.signOut')}
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

/** Undefined when the token does not say. */
function useMinutesLeft(expiresAt: number): number | undefined {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 15_000);
    return () => clearInterval(timer);
  }, []);
  return Number.isFinite(expiresAt) ? Math.max(0, Math.round((expiresAt - now) / 60_000)) : undefined;
}
