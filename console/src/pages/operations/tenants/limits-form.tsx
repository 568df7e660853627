import { Alert, Button, Group, SimpleGrid, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useServerAdmin } from '../../../login/use-admin.js';
import { useMessages } from '../../../messages/messages.js';
import { Failure } from '../../../parts/failure.js';
import { pathOf } from '../../../server/admin-api.js';
import { limitNames, limitsChange, type Tenant, typedLimits } from './tenant.js';

/** The limits of a tenant; an empty field is no limit. */
export function LimitsForm({ tenant }: { readonly tenant: Tenant }) {
  const t = useMessages();
  const api = useServerAdmin();
  const queries = useQueryClient();
  const [typed, setTyped] = useState(typedLimits(tenant.limits));
  const change = limitsChange(typed);
  const save = useMutation({
    mutationFn: () => api.send<Tenant>('PATCH', pathOf('tenants', tenant.name), { limits: change }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['tenant', tenant.name] }),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (change) save.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }}>
          {limitNames.map((name) => (
            <TextInput
              key={name}
              label={t(`tenants.limit.${name}`)}
              description={t(`tenants.limit.${name}.what`)}
              inputMode="numeric"
              autoComplete="off"
              value={typed[name]}
              onChange={({ currentTarget: { value } }) => setTyped((before) => ({ ...before, [name]: value }))}
            />
          ))}
        </SimpleGrid>
        {change === undefined && <Alert role="alert">{t('tenants.limit.wrong')}</Alert>}
        {save.isError && <Failure error={save.error} />}
        {save.isSuccess && (
          <Alert role="status" color="green">
            {t('tenants.limit.saved')}
          </Alert>
        )}
        <Group>
          <Button type="submit" disabled={change === undefined} loading={save.isPending}>
            {t('tenants.limit.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
