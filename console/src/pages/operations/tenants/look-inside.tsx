import { Anchor, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ScopesByButton } from '../../../login/scopes-needed.js';
import { useServerAdmin } from '../../../login/use-admin.js';
import { useServer } from '../../../login/use-login.js';
import { useMayHave } from '../../../login/use-right.js';
import { useMessages } from '../../../messages/messages.js';
import { Dialog } from '../../../parts/dialog.js';
import { Failure } from '../../../parts/failure.js';
import { ShownOnce } from '../../../parts/shown-once.js';
import { pathOf } from '../../../server/admin-api.js';
import type { Tenant } from './tenant.js';

/** Asked for when somebody looks inside, not before. */
const right = 'operator/BreakGlass.c';

/** How an operator looks into a tenant: for a reason, in its sight. */
export function LookInside({ tenant }: { readonly tenant: Tenant }) {
  const t = useMessages();
  const { config } = useServer();
  const mayLook = useMayHave(right);
  const [isOpen, setOpen] = useState(false);
  if (config.breakGlass !== true || !mayLook) return null;
  return (
    <>
      <Button variant="default" onClick={() => setOpen(true)}>
        {t('tenants.look')}
      </Button>
      <Dialog isOpen={isOpen} close={() => setOpen(false)} title={t('tenants.look.title', { name: tenant.name })}>
        {isOpen && <Question tenant={tenant} close={() => setOpen(false)} />}
      </Dialog>
    </>
  );
}

function Question({ tenant: { name }, close }: { readonly tenant: Tenant; readonly close: () => void }) {
  const t = useMessages();
  const { session } = useServer();
  const api = useServerAdmin();
  const [reason, setReason] = useState('');
  const [scope, setScope] = useState('');
  const look = useMutation({
    mutationFn: async () => {
      await session.ensure([right]);
      const asked = { reason: reason.trim(), ...(scope.trim() !== '' && { scope: scope.trim() }) };
      return api.send<Look>('POST', pathOf('tenants', name, 'break-glass'), asked);
    },
  });
  if (look.isSuccess) return <Given {...look.data} />;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    look.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm">{t('tenants.look.what')}</Text>
        <TextInput
          label={t('tenants.look.reason')}
          description={t('tenants.look.reason.what')}
          autoComplete="off"
          value={reason}
          onChange={({ currentTarget }) => setReason(currentTarget.value)}
        />
        <TextInput
          label={t('tenants.look.scope')}
          description={t('tenants.look.scope.what')}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={scope}
          onChange={({ currentTarget }) => setScope(currentTarget.value)}
        />
        {look.isError && <ScopesByButton scopes={[right]} />}
        {look.isError && <Failure error={look.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {t('parts.cancel')}
          </Button>
          <Button type="submit" disabled={reason.trim() === ''} loading={look.isPending}>
            {t('tenants.look.do')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Answer of `/admin/tenants/NAME/break-glass`. */
interface Look {
  readonly access_token: string;
  /** Seconds. */
  readonly expires_in: number;
  readonly scope: string;
  readonly fhirBase: string;
}

function Given({ access_token: token, expires_in: seconds, scope, fhirBase }: Look) {
  const t = useMessages();
  const consoleUrl = new URL('../../console/', `${fhirBase}/`).href;
  return (
    <Stack>
      <ShownOnce
        title={t('tenants.look.given')}
        text={t('tenants.look.given.what', { minutes: t.number(Math.floor(seconds / 60)), scope })}
        value={token}
      />
      <Text size="sm">
        {t('tenants.look.use', { base: fhirBase })}{' '}
        <Anchor href={consoleUrl} target="_blank" rel="noreferrer" inherit>
          {t('tenants.look.console')}
        </Anchor>
      </Text>
    </Stack>
  );
}
