import { ActionIcon, Autocomplete, Button, Code, Fieldset, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useMessages } from '../../../messages/messages.js';
import { type Capability, parametersOf, type SearchParameter } from '../capability.js';
import { type Criterion, modifiersOf, readQuery, writeQuery } from './search-query.js';

interface SearchForm {
  readonly type: string;
  readonly query: string;
  readonly capability: Capability;
  readonly isBusy: boolean;
  readonly search: (query: string) => void;
}

const empty: Criterion = { name: '', modifier: '', value: '' };

/** Conditions as fields and as text, side by side: each follows the other. */
export function SearchBuilder({ type, query, capability, isBusy, search }: SearchForm) {
  const t = useMessages();
  const [text, setText] = useState(query);
  const [criteria, setCriteria] = useState<readonly Criterion[]>(() => withOne(readQuery(query)));
  const parameters = parametersOf(capability, type);
  const change = (next: readonly Criterion[]): void => {
    setCriteria(withOne(next));
    setText(writeQuery(next));
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    search(text.trim().replace(/^\?/, '').replaceAll('#', '%23'));
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {criteria.map((criterion, at) => (
          // Criteria have no ids; those of one form are told apart by their place.
          <CriterionFields
            key={at}
            legend={t('search.criterion', { number: at + 1 })}
            criterion={criterion}
            parameters={parameters}
            change={(next) => change(criteria.map((one, place) => (place === at ? next : one)))}
            remove={() => change(criteria.filter((_, place) => place !== at))}
          />
        ))}
        <Group>
          <Button variant="default" onClick={() => setCriteria([...criteria, empty])}>
            {t('search.add')}
          </Button>
        </Group>
        <TextInput
          label={t('search.text')}
          description={<Code>{`GET ${type}${text === '' ? '' : `?${text}`}`}</Code>}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          spellCheck={false}
          autoComplete="off"
          classNames={{ input: 'code', description: 'break' }}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setCriteria(withOne(readQuery(event.currentTarget.value)));
          }}
        />
        <Group>
          <Button type="submit" loading={isBusy}>
            {t('search.search')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

const withOne = (criteria: readonly Criterion[]): readonly Criterion[] => (criteria.length === 0 ? [empty] : criteria);

interface Fields {
  readonly legend: string;
  readonly criterion: Criterion;
  readonly parameters: readonly SearchParameter[];
  readonly change: (next: Criterion) => void;
  readonly remove: () => void;
}

function CriterionFields({ legend, criterion, parameters, change, remove }: Fields) {
  const t = useMessages();
  const known = parameters.find(({ name }) => name === criterion.name);
  const offered = modifiersOf(known?.type);
  const modifiers = [...new Set(['', ...offered, criterion.modifier])];
  return (
    <Fieldset legend={legend} p="xs">
      <Group align="flex-end" gap="xs">
        <Autocomplete
          label={t('search.parameter')}
          data={parameters.map(({ name }) => name)}
          limit={20}
          value={criterion.name}
          onChange={(name) => change({ ...criterion, name })}
          flex="1 1 160px"
        />
        <NativeSelect
          label={t('search.modifier')}
          data={modifiers.map((value) => ({ value, label: value === '' ? t('search.noModifier') : value }))}
          value={criterion.modifier}
          onChange={(event) => change({ ...criterion, modifier: event.currentTarget.value })}
          flex="0 1 130px"
        />
        <TextInput
          label={t('search.value')}
          placeholder={known && t(`search.example.${known.type}`)}
          value={criterion.value}
          onChange={(event) => change({ ...criterion, value: event.currentTarget.value })}
          spellCheck={false}
          autoComplete="off"
          flex="2 1 180px"
        />
        <ActionIcon variant="default" size="lg" aria-label={t('search.remove')} onClick={remove}>
          ✕
        </ActionIcon>
      </Group>
      {known?.documentation !== undefined && (
        <Code block={false} mt={4} className="break">
          {known.type}: {known.documentation}
        </Code>
      )}
    </Fieldset>
  );
}
