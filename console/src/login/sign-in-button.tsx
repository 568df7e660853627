import { Button, type ButtonProps, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useMessages } from '../messages/messages.js';
import { Dialog } from '../parts/dialog.js';
import { useServer } from './use-login.js';

interface SignInView extends Pick<ButtonProps, 'size'> {
  /** Address below the console that the browser comes back to. */
  readonly returnTo: string;
  /** Asked for beside those of that page. */
  readonly scopes?: readonly string[];
}

/** Leads to the login; where the authorization server cannot be asked, it says what that has to permit. */
export function SignInButton({ returnTo, scopes = [], ...props }: SignInView) {
  const t = useMessages();
  const { session } = useServer();
  const begin = useMutation({ mutationFn: () => session.signIn(returnTo, { scopes }) });
  return (
    <>
      <Button {...props} loading={begin.isPending} onClick={() => begin.mutate()}>
        {t('login.signIn')}
      </Button>
      <Dialog isOpen={begin.isError} close={() => begin.reset()} title={t('signIn.unreachable')}>
        <Text size="sm">{begin.error instanceof Error ? begin.error.message : ''}</Text>
        <IssuerNeeds />
      </Dialog>
    </>
  );
}

/** Facts that an authorization server needs to register the console. */
export function IssuerNeeds() {
  const t = useMessages();
  const { config, session } = useServer();
  if (!session.oauth || config.issuer === config.accounts) return null;
  return (
    <Text size="sm" className="break">
      {t('signIn.needs', {
        issuer: config.issuer ?? '',
        client: config.clientId ?? '',
        redirect: session.oauth.redirectUri,
        origin: location.origin,
      })}
    </Text>
  );
}
