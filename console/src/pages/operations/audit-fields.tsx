import { Button, Checkbox, Group, NativeSelect, SimpleGrid, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useMessages } from '../../messages/messages.js';
import { actions, type AuditFilter, filterOf, outcomes } from './audit.js';

interface FieldsView {
  readonly filter: AuditFilter;
  readonly search: (filter: AuditFilter) => void;
}

/** Filters of the audit trail. */
export function AuditFields({ filter, search }: FieldsView) {
  const t = useMessages();
  const [form, setForm] = useState(filter);
  const set = (change: Partial<AuditFilter>): void => setForm((before) => ({ ...before, ...change }));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    search(form);
  };
  const clear = (): void => {
    const nothing = filterOf(new URLSearchParams());
    setForm(nothing);
    search(nothing);
  };
  const any = { value: '', label: t('audit.any') };
  return (
    <form onSubmit={submit}>
      <Stack>
        <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }}>
          <TextInput
            label={t('audit.who.label')}
            spellCheck={false}
            value={form.who}
            onChange={({ currentTarget }) => set({ who: currentTarget.value })}
          />
          <NativeSelect
            label={t('audit.action')}
            value={form.action}
            data={[any, ...actions.map((value) => ({ value, label: t(`audit.action.${value}`) }))]}
            onChange={({ currentTarget }) => set({ action: currentTarget.value })}
          />
          <NativeSelect
            label={t('audit.outcome')}
            value={form.outcome}
            data={[any, ...outcomes.map((value) => ({ value, label: t(`audit.outcome.${value}`) }))]}
            onChange={({ currentTarget }) => set({ outcome: currentTarget.value })}
          />
          <TextInput
            label={t('audit.entity')}
            placeholder="Patient/123"
            spellCheck={false}
            value={form.entity}
            onChange={({ currentTarget }) => set({ entity: currentTarget.value })}
          />
          <TextInput
            type="datetime-local"
            label={t('audit.from')}
            value={form.from}
            onChange={({ currentTarget }) => set({ from: currentTarget.value })}
          />
          <TextInput
            type="datetime-local"
            label={t('audit.to')}
            value={form.to}
            onChange={({ currentTarget }) => set({ to: currentTarget.value })}
          />
          <TextInput
            label={t('audit.request')}
            spellCheck={false}
            value={form.request}
            onChange={({ currentTarget }) => set({ request: currentTarget.value })}
          />
        </SimpleGrid>
        <Checkbox
          label={t('audit.glass')}
          checked={form.glass !== ''}
          onChange={({ currentTarget }) => set({ glass: currentTarget.checked ? '1' : '' })}
        />
        <Checkbox
          label={t('audit.acts')}
          checked={form.acts !== ''}
          onChange={({ currentTarget }) => set({ acts: currentTarget.checked ? '1' : '' })}
        />
        <Group>
          <Button type="submit">{t('audit.search')}</Button>
          <Button variant="default" onClick={clear}>
            {t('audit.clear')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
