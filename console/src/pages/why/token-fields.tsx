import { SimpleGrid, TextInput } from '@mantine/core';
import { useMessages } from '../../messages/messages.js';
import type { AskedToken } from './others-access.js';

interface TokenFieldsView {
  readonly token: AskedToken;
  readonly onChange: (change: Partial<AskedToken>) => void;
  /** Those that the page is about already, or that make no sense there. */
  readonly hidden?: readonly (keyof AskedToken)[];
}

/** Fields for whose token is meant: a user, an app, scopes. */
export function TokenFields({ token, onChange, hidden = [] }: TokenFieldsView) {
  const t = useMessages();
  const shown = (['user', 'client', 'scope'] as const).filter((name) => !hidden.includes(name));
  return (
    <SimpleGrid cols={{ base: 1, sm: shown.length }}>
      {shown.map((name) => (
        <TextInput
          key={name}
          label={t(`others.${name}`)}
          description={t(`others.${name}.what`)}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          classNames={{ input: 'code' }}
          value={token[name]}
          onChange={({ currentTarget }) => onChange({ [name]: currentTarget.value })}
        />
      ))}
    </SimpleGrid>
  );
}
