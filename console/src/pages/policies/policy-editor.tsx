import { Alert, Button, Group, Stack, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useAdmin } from '../../login/use-admin.js';
import { useMessages } from '../../messages/messages.js';
import { Failure } from '../../parts/failure.js';
import { pathOf } from '../../server/admin-api.js';
import type { Policy } from './policy.js';
import { TrialResult, TryButton, useTrial } from './try-button.js';

interface EditorView {
  readonly name: string;
  /** Only in the place of this version; absent: a new policy. */
  readonly version?: number;
  readonly text: string;
  readonly onChange: (text: string) => void;
  readonly saved: (policy: Policy) => void;
  readonly cancel: () => void;
  /** Fields above the text. */
  readonly children?: ReactNode;
}

class NoJson extends Error {}

/** A policy as JSON: the server checks all of it before it counts, and says everything that is wrong. */
export function PolicyEditor({ name, version, text, onChange, saved, cancel, children }: EditorView) {
  const t = useMessages();
  const api = useAdmin();
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: async () => {
      const ifMatch = version === undefined ? {} : { 'if-match': String(version) };
      return api.send<Policy>('PUT', pathOf('policies', name), parsed(text), ifMatch);
    },
    onSuccess: async (policy) => {
      await queries.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[0]).startsWith('polic') });
      saved(policy);
    },
  });
  const trial = useTrial();
  const [noJson, setNoJson] = useState<NoJson>();
  const tryOut = (): void => {
    const read = readObject(text);
    setNoJson(read instanceof NoJson ? read : undefined);
    if (read instanceof NoJson) trial.reset();
    else trial.mutate({ policies: [{ ...read, name }] });
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setNoJson(undefined);
    save.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        {children}
        <Textarea
          label={t('policies.text')}
          description={t('policies.text.what')}
          autosize
          minRows={10}
          maxRows={40}
          spellCheck={false}
          classNames={{ input: 'code' }}
          value={text}
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
        />
        <NotJson error={save.error instanceof NoJson ? save.error : noJson} />
        {save.isError && !(save.error instanceof NoJson) && <Failure error={save.error} />}
        <Group>
          <Button type="submit" loading={save.isPending} disabled={name.trim() === ''}>
            {t('policies.save')}
          </Button>
          <TryButton trial={trial} label={t('policies.try')} disabled={name.trim() === ''} act={tryOut} />
          <Button variant="default" onClick={cancel}>
            {t('parts.cancel')}
          </Button>
        </Group>
        <TrialResult trial={trial} />
      </Stack>
    </form>
  );
}

function NotJson({ error }: { readonly error: NoJson | undefined }) {
  const t = useMessages();
  return error ? (
    <Alert color="orange" role="alert" title={t('policies.noJson')}>
      {error.message}
    </Alert>
  ) : null;
}

function readObject(text: string): object | NoJson {
  try {
    return Object(parsed(text)) as object;
  } catch (error) {
    return error as NoJson;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new NoJson(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
