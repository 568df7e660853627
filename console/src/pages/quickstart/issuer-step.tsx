import { Accordion, Anchor, Code, Radio, Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useServerAdmin } from '../../login/use-admin.js';
import { useServer } from '../../login/use-login.js';
import { type MessageKey, useMessages } from '../../messages/messages.js';
import { FindingList } from '../../parts/finding-list.js';
import { LookForm } from './look-form.js';
import { type Candidate, usesOwn } from './quickstart.js';
import type { StepView } from './quickstart-page.js';

/** The authorization server: this one, or another that is looked at now. */
export function IssuerStep({ choices, choose }: Pick<StepView, 'choices' | 'choose'>) {
  const t = useMessages();
  const { config } = useServer();
  const hasOwn = choices.isThis && config.accounts !== undefined;
  const isOwn = usesOwn(choices, config.accounts);
  return (
    <Stack>
      <Title order={2} size="h4">
        {t('quickstart.issuer')}
      </Title>
      {hasOwn && (
        <Radio.Group
          label={t('quickstart.issuer.which')}
          value={isOwn ? 'own' : 'other'}
          onChange={(which) => choose({ isOwn: which === 'own' })}
        >
          <Stack gap="xs" mt={4}>
            <Radio value="own" label={t('quickstart.issuer.own')} description={config.accounts} />
            <Radio value="other" label={t('quickstart.issuer.foreign')} />
          </Stack>
        </Radio.Group>
      )}
      {isOwn ? <Text size="sm">{t('quickstart.issuer.own.what')}</Text> : <OtherIssuer {...{ choices, choose }} />}
    </Stack>
  );
}

function OtherIssuer({ choices, choose }: Pick<StepView, 'choices' | 'choose'>) {
  const t = useMessages();
  const api = useServerAdmin();
  const look = useMutation({
    mutationFn: (issuer: string) => api.send<Candidate>('POST', 'doctor/issuer', { issuer }),
  });
  return (
    <Stack>
      <LookForm
        of="issuer"
        look={look}
        label={t('quickstart.issuer.url')}
        description={t('quickstart.issuer.url.what')}
        placeholder="https://idp.example/realms/hospital"
        address={choices.issuer}
        change={(issuer) => choose({ issuer })}
      >
        <FindingList findings={look.data?.findings ?? []} />
      </LookForm>
      <Recipes />
    </Stack>
  );
}

/** `page`: below the documents about access. */
const recipes: readonly {
  readonly name: string;
  readonly issuer: string;
  readonly text: MessageKey;
  readonly page: string;
}[] = [
  { name: 'Keycloak', issuer: 'https://HOST/realms/REALM', text: 'quickstart.recipe.keycloak', page: 'keycloak' },
  {
    name: 'Microsoft Entra',
    issuer: 'https://login.microsoftonline.com/TENANT/v2.0',
    text: 'quickstart.recipe.entra',
    page: 'entra',
  },
  { name: 'Okta', issuer: 'https://HOST/oauth2/SERVER', text: 'quickstart.recipe.okta', page: 'okta' },
  { name: 'Auth0', issuer: 'https://HOST/', text: 'quickstart.recipe.auth0', page: 'auth0' },
  {
    name: 'InterSystems IRIS',
    issuer: 'https://HOST/PATH/oauth2',
    text: 'quickstart.recipe.iris',
    page: 'intersystems-iris',
  },
];

function Recipes() {
  const t = useMessages();
  const { config } = useServer();
  return (
    <Stack gap="xs">
      <Title order={3} size="h5">
        {t('quickstart.recipes')}
      </Title>
      <Accordion order={4} variant="contained">
        {recipes.map(({ name, issuer, text, page }) => (
          <Accordion.Item key={name} value={name}>
            <Accordion.Control>{name}</Accordion.Control>
            <Accordion.Panel>
              <Stack gap="xs">
                <Text size="sm">
                  {t('quickstart.recipe.issuer')} <Code className="break">{issuer}</Code>
                </Text>
                <Text size="sm">{t(text)}</Text>
                <Anchor size="sm" href={`${config.access}/${page}`}>
                  {t('quickstart.recipe.whole', { name })}
                </Anchor>
              </Stack>
            </Accordion.Panel>
          </Accordion.Item>
        ))}
      </Accordion>
      <Anchor size="sm" href={`${config.access}/identity-providers`}>
        {t('quickstart.recipes.ways')}
      </Anchor>
    </Stack>
  );
}
