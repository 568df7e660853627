import { Button, Fieldset, Group, NativeSelect, Radio, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type KeyboardEvent, useState } from 'react';
import { useServer } from '../../login/use-login.js';
import { useMessages } from '../../messages/messages.js';
import { Failure } from '../../parts/failure.js';
import { labelOf, type Person, peopleOf, personTypes } from './people.js';

interface FhirUserView {
  readonly value: string;
  readonly onChange: (reference: string) => void;
}

/** The person that a user is: a reference, written or found by a search of names. */
export function FhirUserField({ value, onChange }: FhirUserView) {
  const t = useMessages();
  const { fhir } = useServer();
  const [type, setType] = useState<string>(personTypes[0]);
  const [name, setName] = useState('');
  const search = useMutation({
    mutationFn: async () => {
      const query = new URLSearchParams({ name, _count: '10', _elements: 'name,birthDate' });
      return peopleOf(await fhir.ask({ path: `${type}?${query.toString()}` }));
    },
  });
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    if (name.trim() !== '') search.mutate();
  };
  return (
    <Fieldset legend={t('users.fhirUser')}>
      <Stack gap="sm">
        <TextInput
          label={t('users.fhirUser.reference')}
          description={t('users.fhirUser.what')}
          maw={420}
          spellCheck={false}
          value={value}
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
        />
        <Group align="flex-end" gap="sm">
          <NativeSelect
            label={t('scope.type')}
            value={type}
            data={[...personTypes]}
            onChange={({ currentTarget }) => setType(currentTarget.value)}
          />
          <TextInput
            label={t('users.person.name')}
            value={name}
            onKeyDown={onKey}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
          />
          <Button
            variant="default"
            disabled={name.trim() === ''}
            loading={search.isPending}
            onClick={() => search.mutate()}
          >
            {t('users.person.search')}
          </Button>
        </Group>
        {search.isError && <Failure error={search.error} />}
        {search.data?.length === 0 && <Text role="status">{t('users.person.none')}</Text>}
        {search.data !== undefined && search.data.length > 0 && (
          <Found people={search.data} value={value} onChange={onChange} />
        )}
      </Stack>
    </Fieldset>
  );
}

function Found({ people, value, onChange }: FhirUserView & { readonly people: readonly Person[] }) {
  const t = useMessages();
  return (
    <Radio.Group label={t('users.person.found')} value={value} onChange={onChange}>
      <Stack gap="xs" mt={4}>
        {people.map((person) => (
          <Radio key={person.reference} value={person.reference} label={labelOf(person)} className="break" />
        ))}
      </Stack>
    </Radio.Group>
  );
}
