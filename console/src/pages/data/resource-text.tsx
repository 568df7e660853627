import { Textarea } from '@mantine/core';
import { useMessages } from '../../messages/messages.js';

interface TextView {
  readonly description: string;
  readonly text: string;
  readonly onChange: (text: string) => void;
}

/** A resource as JSON, to type. */
export function ResourceText({ description, text, onChange }: TextView) {
  const t = useMessages();
  return (
    <Textarea
      label={t('edit.json')}
      description={description}
      autosize
      minRows={10}
      maxRows={40}
      spellCheck={false}
      autoComplete="off"
      classNames={{ input: 'code' }}
      value={text}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    />
  );
}
