import { Button, Group, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useServerAdmin } from '../../../login/use-admin.js';
import { useMessages } from '../../../messages/messages.js';
import { Dialog } from '../../../parts/dialog.js';
import { Failure } from '../../../parts/failure.js';
import { pathOf } from '../../../server/admin-api.js';

/** Asks for the name before everything of a tenant goes. */
export function EraseTenant({ name }: { readonly name: string }) {
  const t = useMessages();
  const api = useServerAdmin();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState('');
  const erase = useMutation({
    mutationFn: () => api.send('DELETE', pathOf('tenants', name)),
    onSuccess: async () => {
      await queries.invalidateQueries();
      await navigate('/operations/tenants');
    },
  });
  const open = (): void => {
    setTyped('');
    erase.reset();
    setOpen(true);
  };
  return (
    <>
      <Button color="red.9" onClick={open}>
        {t('tenants.erase')}
      </Button>
      <Dialog isOpen={isOpen} close={() => setOpen(false)} title={t('tenants.erase')}>
        <Text size="sm">{t('tenants.erase.what')}</Text>
        <TextInput
          label={t('tenants.erase.name', { name })}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={typed}
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
        />
        {erase.isError && <Failure error={erase.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={() => setOpen(false)}>
            {t('parts.cancel')}
          </Button>
          <Button color="red.9" disabled={typed !== name} loading={erase.isPending} onClick={() => erase.mutate()}>
            {t('tenants.erase.do')}
          </Button>
        </Group>
      </Dialog>
    </>
  );
}
