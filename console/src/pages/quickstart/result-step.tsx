import { Button, Code, CopyButton, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useAdmin } from '../../login/use-admin.js';
import { useServer } from '../../login/use-login.js';
import { useMessages } from '../../messages/messages.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { Failure } from '../../parts/failure.js';
import { type ConsoleConfig, isOfProcess } from '../../server/console-config.js';
import {
  applyText,
  commandText,
  environmentText,
  factsText,
  firstChoices,
  hasOurSettings,
  helmText,
  serviceId,
  usesOwn,
} from './quickstart.js';
import type { StepView } from './quickstart-page.js';
import { findSample, removeSamples } from './samples.js';

/** The result to keep: settings, declarations for `lanyard apply`, values for Helm; and how to undo all of it. */
export function ResultStep({ choices, choose }: Pick<StepView, 'choices' | 'choose'>) {
  const t = useMessages();
  const api = useAdmin();
  const { config } = useServer();
  const isOwn = usesOwn(choices, config.accounts);
  const chosen = { ...choices, isOwn, issuer: choices.issuer.trim() };
  const service = useQuery({
    queryKey: ['quickstart', 'sample', serviceId],
    queryFn: async () => (await findSample(api, serviceId)) ?? null,
    enabled: isOwn,
  });
  if (!isOwn && chosen.issuer === '') return <Text>{t('quickstart.result.none')}</Text>;
  if (!hasOurSettings(choices)) return <OfOtherProduct choices={chosen} />;
  return (
    <Stack>
      <Title order={2} size="h4">
        {t('quickstart.result')}
      </Title>
      <Text>{t(isOwn ? 'quickstart.result.own' : foreignText(config))}</Text>
      <Kept title={t('quickstart.result.environment')} text={environmentText(chosen)} />
      {isOfProcess(config) && <Kept title={t('quickstart.result.helm')} text={helmText(chosen)} />}
      {isOwn && service.isError && <Failure error={service.error} again={() => void service.refetch()} />}
      {isOwn && <Kept title={t('quickstart.result.apply')} text={applyText(service.data?.jwks)} />}
      <Undo isOwn={isOwn} choose={choose} />
    </Stack>
  );
}

/** Where the setting goes. */
const foreignText = (config: ConsoleConfig) =>
  isOfProcess(config) ? 'quickstart.result.foreign' : 'quickstart.result.tenant';

/** Facts for a product whose settings this one does not know. */
function OfOtherProduct({ choices }: Pick<StepView, 'choices'>) {
  const t = useMessages();
  return (
    <Stack>
      <Title order={2} size="h4">
        {t('quickstart.result')}
      </Title>
      <Text>{t('quickstart.result.another')}</Text>
      <Kept title={t('quickstart.result.facts')} text={factsText(choices)} />
      <Kept title={t('quickstart.result.command')} text={commandText(choices)} />
    </Stack>
  );
}

function Undo({ isOwn, choose }: { readonly isOwn: boolean } & Pick<StepView, 'choose'>) {
  const t = useMessages();
  const api = useAdmin();
  const queries = useQueryClient();
  const undo = async (): Promise<void> => {
    await removeSamples(api);
    await queries.invalidateQueries({ queryKey: ['quickstart', 'sample'] });
    choose(firstChoices);
  };
  return (
    <>
      <Title order={3} size="h5">
        {t('quickstart.undo')}
      </Title>
      <Text size="sm">{t(isOwn ? 'quickstart.undo.own' : 'quickstart.undo.foreign')}</Text>
      {isOwn && (
        <Group>
          <ConfirmButton label={t('quickstart.undo.button')} text={t('quickstart.undo.what')} act={undo} color="red" />
        </Group>
      )}
    </>
  );
}

function Kept({ title, text }: { readonly title: string; readonly text: string }) {
  const t = useMessages();
  return (
    <Stack gap={4} component="section" aria-label={title}>
      <Group justify="space-between">
        <Title order={3} size="h5">
          {title}
        </Title>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button variant="default" size="compact-sm" onClick={copy}>
              {t(copied ? 'parts.copied' : 'parts.copy')}
            </Button>
          )}
        </CopyButton>
      </Group>
      <Code block className="break" style={{ whiteSpace: 'pre-wrap' }} tabIndex={0}>
        {text}
      </Code>
    </Stack>
  );
}
