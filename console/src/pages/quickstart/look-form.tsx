import { Alert, Button, Group, Stack, TextInput } from '@mantine/core';
import type { UseMutationResult } from '@tanstack/react-query';
import type { FormEvent, ReactNode } from 'react';
import { useMessages } from '../../messages/messages.js';
import { FactTable } from '../../parts/lists/fact-table.js';
import { Failure } from '../../parts/failure.js';
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

/** Address of another server, and what this server found when it looked there. */
export function LookForm({ of, look, address, change, children, ...field }: LookFormProps) {
  const t = useMessages();
  const ask = (): void => look.mutate(address.trim());
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    ask();
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
          <Group>
            <Button type="submit" variant="default" loading={look.isPending}>
              {t(`quickstart.${of}.look`)}
            </Button>
          </Group>
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
