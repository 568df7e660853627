import { Button, Checkbox, Group, NativeSelect, Paper, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useMessages } from '../../messages/messages.js';
import { adminAreas, type BuiltScope, builtScope, type Context, letters, meaningOf } from './scope-words.js';
import { useTypes } from './use-types.js';

interface BuilderView {
  readonly contexts: readonly [Context, ...Context[]];
  readonly add: (scope: string) => void;
}

/** Puts a scope together from whose data, type, permissions and, if wanted, the value of a search parameter. */
export function ScopeBuilder({ contexts, add }: BuilderView) {
  const t = useMessages();
  const types = useTypes();
  const [built, setBuilt] = useState<BuiltScope>({
    context: contexts[0],
    type: '*',
    letters: ['r', 's'],
    parameter: '',
    value: '',
  });
  const set = (change: Partial<BuiltScope>): void => setBuilt((before) => ({ ...before, ...change }));
  const { context, type } = built;
  const isAdmin = context === 'admin';
  const able = isAdmin ? (adminAreas[type] ?? '') : 'cruds';
  const scope = builtScope({ ...built, letters: built.letters.filter((letter) => able.includes(letter)) });
  const parameters = isAdmin ? [] : (types.get(type) ?? []);
  return (
    <Paper withBorder p="sm">
      <Stack gap="sm">
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <NativeSelect
            label={t('scope.context')}
            value={context}
            data={contexts.map((value) => ({ value, label: t(`scope.context.${value}`) }))}
            onChange={({ currentTarget: { value } }) =>
              set({ context: value as Context, type: '*', parameter: '', value: '' })
            }
          />
          <NativeSelect
            label={t(isAdmin ? 'scope.area' : 'scope.type')}
            value={type}
            data={isAdmin ? Object.keys(adminAreas) : ['*', ...types.keys()]}
            onChange={({ currentTarget }) => set({ type: currentTarget.value, parameter: '', value: '' })}
          />
        </SimpleGrid>
        <Checkbox.Group
          label={t('scope.letters')}
          value={[...built.letters]}
          onChange={(chosen) => set({ letters: chosen })}
        >
          <Group gap="sm" mt={4}>
            {letters
              .filter((letter) => able.includes(letter))
              .map((letter) => (
                <Checkbox key={letter} value={letter} label={t(`scope.letter.${letter}`)} />
              ))}
          </Group>
        </Checkbox.Group>
        {parameters.length > 0 && <WhereFields built={built} set={set} parameters={parameters} />}
        <Group align="flex-start">
          <Button variant="default" disabled={scope === undefined} onClick={() => scope !== undefined && add(scope)}>
            {t('scope.add')}
          </Button>
          <Text size="sm" className="break" flex={1} miw={180} role="status">
            {scope === undefined ? t('scope.incomplete') : `${scope}: ${meaningOf(scope, t) ?? ''}`}
          </Text>
        </Group>
      </Stack>
    </Paper>
  );
}

interface WhereView {
  readonly built: BuiltScope;
  readonly set: (change: Partial<BuiltScope>) => void;
  readonly parameters: readonly string[];
}

function WhereFields({ built, set, parameters }: WhereView) {
  const t = useMessages();
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }}>
      <NativeSelect
        label={t('scope.parameter')}
        value={built.parameter}
        data={[{ value: '', label: t('scope.parameter.none') }, ...parameters]}
        onChange={({ currentTarget }) => set({ parameter: currentTarget.value, value: '' })}
      />
      {built.parameter !== '' && (
        <TextInput
          label={t('scope.value')}
          spellCheck={false}
          value={built.value}
          onChange={({ currentTarget }) => set({ value: currentTarget.value })}
        />
      )}
    </SimpleGrid>
  );
}
