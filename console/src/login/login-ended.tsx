import { Button, Modal, Stack, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useMessages } from '../messages/messages.js';
import { useLogin, useServer } from './use-login.js';

/** The login is over while somebody works: the page stays as it is, and another window logs in again. */
export function LoginEnded() {
  const t = useMessages();
  const login = useLogin();
  const { session } = useServer();
  const [url, setUrl] = useState<string>();
  const isAgainPossible = login.state === 'ended' && !login.isBrought && session.oauth !== undefined;
  useEffect(() => {
    if (!isAgainPossible) return;
    // Made before the click: a window that opens later is held back by browsers.
    session.signInAgainUrl().then(setUrl, () => setUrl(undefined));
  }, [isAgainPossible, session]);
  if (login.state !== 'ended') return null;
  return (
    <Modal.Root opened onClose={() => undefined} closeOnClickOutside={false} closeOnEscape={false}>
      <Modal.Overlay />
      <Modal.Content>
        {/* Modal.Header would be a second banner of the page. */}
        <Modal.Body component={Stack} pt="md">
          <Modal.Title fw={700}>{t('ended.title')}</Modal.Title>
          <Text size="sm">{t(isAgainPossible ? 'ended.why' : 'ended.brought')}</Text>
          {isAgainPossible && url !== undefined && (
            <Button component="a" href={url} target="_blank" rel="opener" data-autofocus>
              {t('ended.again', { user: login.user })}
            </Button>
          )}
          <Button variant="default" onClick={() => void session.signOut()}>
            {t('ended.leave')}
          </Button>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
