import { Alert } from '@mantine/core';
import { useMessages } from '../../messages/messages.js';
import { Failure } from '../../parts/failure.js';
import { NoKeys } from './client.js';

/** As {@link Failure}, and what is wrong with keys that were never sent. */
export function ClientFailure({ error }: { readonly error: unknown }) {
  const t = useMessages();
  if (!(error instanceof NoKeys)) return <Failure error={error} />;
  return (
    <Alert color="orange" role="alert" title={t('clients.noKeys')}>
      {t('clients.noKeys.cure')}
    </Alert>
  );
}
