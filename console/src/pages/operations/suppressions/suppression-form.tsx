import { Button, Group, Stack, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ScopesByButton } from '../../../login/scopes-needed.js';
import { useServerAdmin } from '../../../login/use-admin.js';
import { useServer } from '../../../login/use-login.js';
import { useMessages } from '../../../messages/messages.js';
import { Failure } from '../../../parts/failure.js';
import { pathOf } from '../../../server/admin-api.js';
import { formOf, type Suppression, type TypedSuppression } from './suppression.js';

interface FormView {
  readonly initial: TypedSuppression;
  /** Of the rule that is changed; absent: a new one, which replaces none. */
  readonly version?: number;
  readonly saved: (rule: Suppression) => void;
}

/** It opens beside a finding of validation, too. */
const scopes = ['admin/Definition.cruds'] as const;

const fields = ['code', 'type', 'path', 'profile'] as const;

/** A suppression rule; the server says everything that is wrong with it. */
export function SuppressionForm({ initial, version = 0, saved }: FormView) {
  const t = useMessages();
  const api = useServerAdmin();
  const { session } = useServer();
  const queries = useQueryClient();
  const [typed, setTyped] = useState(initial);
  const save = useMutation({
    mutationFn: async () => {
      await session.ensure(scopes);
      return api.send<Suppression>('PUT', pathOf('suppression-rules', typed.name.trim()), formOf(typed), {
        'if-match': String(version),
      });
    },
    onSuccess: async (rule) => {
      await queries.invalidateQueries({ queryKey: ['suppressions'] });
      saved(rule);
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    save.mutate();
  };
  const set = (change: Partial<TypedSuppression>): void => setTyped((before) => ({ ...before, ...change }));
  return (
    <form onSubmit={submit}>
      <Stack>
        <ScopesByButton scopes={scopes} />
        {version === 0 && (
          <TextInput
            label={t('suppressions.name')}
            description={t('suppressions.name.what')}
            required
            {...plain}
            value={typed.name}
            onChange={({ currentTarget }) => set({ name: currentTarget.value })}
          />
        )}
        {fields.map((field) => (
          <TextInput
            key={field}
            label={t(`suppressions.${field}`)}
            description={t(`suppressions.${field}.what`)}
            required={field === 'code'}
            {...plain}
            value={typed[field]}
            onChange={({ currentTarget }) => set({ [field]: currentTarget.value })}
          />
        ))}
        <Textarea
          label={t('suppressions.reason')}
          description={t('suppressions.reason.what')}
          required
          autosize
          maxLength={500}
          value={typed.reason}
          onChange={({ currentTarget }) => set({ reason: currentTarget.value })}
        />
        <TextInput
          label={t('suppressions.until')}
          description={t('suppressions.until.what')}
          required
          // A rule that was made elsewhere may end at an instant.
          type={initial.until.length > 10 ? 'text' : 'date'}
          maw={260}
          value={typed.until}
          onChange={({ currentTarget }) => set({ until: currentTarget.value })}
        />
        {save.isError && <Failure error={save.error} />}
        <Group>
          <Button type="submit" loading={save.isPending}>
            {t('suppressions.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

const plain = { autoComplete: 'off', autoCapitalize: 'none', spellCheck: false } as const;
