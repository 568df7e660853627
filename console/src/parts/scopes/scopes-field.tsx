import { Button, Checkbox, Fieldset, Group, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useMessages } from '../../messages/messages.js';
import { ScopeBuilder } from './scope-builder.js';
import { ScopeList } from './scope-list.js';
import { type Context, meaningOf } from './scope-words.js';

interface ScopesFieldView {
  readonly label: string;
  readonly value: readonly string[];
  readonly onChange: (scopes: readonly string[]) => void;
  readonly contexts: readonly [Context, ...Context[]];
  /** Scopes without data, such as `openid`, that can be chosen. */
  readonly plain?: readonly string[];
  readonly empty: string;
}

/** Scopes to put together, or to write: each says what it means. */
export function ScopesField({ label, value, onChange, contexts, plain = [], empty }: ScopesFieldView) {
  const t = useMessages();
  const [text, setText] = useState('');
  const add = (...scopes: readonly string[]): void => onChange([...new Set([...value, ...scopes])]);
  const remove = (scope: string): void => onChange(value.filter((one) => one !== scope));
  const addText = (): void => {
    add(...text.split(/\s+/).filter((one) => one !== ''));
    setText('');
  };
  return (
    <Fieldset legend={label}>
      <Stack>
        <ScopeList
          scopes={value}
          empty={empty}
          renderAction={(scope) => (
            <Button
              size="compact-sm"
              variant="default"
              aria-label={t('scope.remove', { scope })}
              onClick={() => remove(scope)}
            >
              {t('parts.remove')}
            </Button>
          )}
        />
        {plain.length > 0 && (
          <Stack gap="xs">
            {plain.map((scope) => (
              <Checkbox
                key={scope}
                label={`${scope}: ${meaningOf(scope, t) ?? ''}`}
                checked={value.includes(scope)}
                onChange={({ currentTarget: { checked } }) => (checked ? add(scope) : remove(scope))}
              />
            ))}
          </Stack>
        )}
        <ScopeBuilder contexts={contexts} add={add} />
        <Group align="flex-end">
          <TextInput
            label={t('scope.text')}
            flex={1}
            miw={200}
            spellCheck={false}
            autoCapitalize="none"
            value={text}
            onChange={({ currentTarget }) => setText(currentTarget.value)}
          />
          <Button variant="default" disabled={text.trim() === ''} onClick={addText}>
            {t('scope.addText')}
          </Button>
        </Group>
      </Stack>
    </Fieldset>
  );
}
