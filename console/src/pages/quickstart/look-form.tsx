import { Alert, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import type { UseMutationResult } from '@tanstack/react-query';
import type { FormEvent, ReactNode } from 'react';
import { useServer } from '../../login/use-login.js';
import { useMessages } from '../../messages/messages.js';
import { FactTable } from '../../parts/lists/fact-table.js';
import { Failure } from '../../parts/failure.js';
import { isOfProcess } from '../../server/console-config.js';
import type { Candidate } from './quickstart.js';

interface LookFormProps {
  readonly of: 'server' | 'issuer';
  readonly look: UseMutationResult<Candidate, Error, string>;
  readonly label: string;
  readonly description: string;
  readonly placeholder: string;
  readonly address: string;
  readonly change: (address: string) => void;
  /** Shown once it was looked. */
  readonly children: ReactNode;
}

/** Address of another server, and what this server found when it looked there; at a tenant nothing looks. */
export function LookForm({ of, look, address, change, children, ...field }: LookFormProps) {
  const t = useMessages();
  const { config } = useServer();
  const mayAsk = isOfProcess(config);
  const ask = (): void => look.mutate(address.trim());
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (mayAsk) ask();
  };
  const isFailed = look.data?.findings.some(({ status }) => status === 'failed') === true;
  return (
    <>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            {...field}
            required
            type="url"
            spellCheck={false}
            autoComplete="off"
            value={address}
            onChange={({ currentTarget }) => change(currentTarget.value)}
          />
          {mayAsk ? (
            <Group>
              <Button type="submit" variant="default" loading={look.isPending}>
                {t(`quickstart.${of}.look`)}
              </Button>
            </Group>
          ) : (
            <Text size="sm">{t('quickstart.look.tenant')}</Text>
          )}
        </Stack>
      </form>
      {look.isError && <Failure error={look.error} again={ask} />}
      {look.data && (
        <Stack>
          <Alert role="status" color={isFailed ? 'orange' : 'green'}>
            {t(`quickstart.${of}.${isFailed ? 'bad' : 'good'}`)}
          </Alert>
          {children}
          {look.data.published && <FactTable facts={Object.entries(look.data.published)} />}
        </Stack>
      )}
    </>
  );
}
