import { Code, CopyButton, Button, Group, Stack, Text, Textarea, Title } from '@mantine/core';
import { useServer } from '../../login/use-login.js';
import { useMessages } from '../../messages/messages.js';
import { baseOf } from './quickstart.js';
import type { StepView } from './quickstart-page.js';

/** The address that tokens are for. */
export function AudienceStep({ choices, choose }: Pick<StepView, 'choices' | 'choose'>) {
  const t = useMessages();
  const { config } = useServer();
  const base = baseOf(choices, config.fhirBase);
  return (
    <Stack>
      <Title order={2} size="h4">
        {t('quickstart.audience')}
      </Title>
      <Text>{t(choices.isThis ? 'quickstart.audience.what' : 'quickstart.audience.another')}</Text>
      <Group>
        <Code className="break" fz="sm">
          {base}
        </Code>
        <CopyButton value={base}>
          {({ copied, copy }) => (
            <Button variant="default" size="compact-sm" onClick={copy}>
              {t(copied ? 'parts.copied' : 'parts.copy')}
            </Button>
          )}
        </CopyButton>
      </Group>
      <Text size="sm">{t('quickstart.audience.base')}</Text>
      <Textarea
        label={t('quickstart.audience.others')}
        description={t('quickstart.audience.others.what')}
        autosize
        minRows={1}
        maxRows={6}
        spellCheck={false}
        autoComplete="off"
        classNames={{ input: 'code' }}
        value={choices.audiences}
        onChange={({ currentTarget }) => choose({ audiences: currentTarget.value })}
      />
    </Stack>
  );
}
