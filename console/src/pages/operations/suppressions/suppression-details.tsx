import { Stack } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useServerAdmin } from '../../../login/use-admin.js';
import { useRight } from '../../../login/use-right.js';
import { useMessages } from '../../../messages/messages.js';
import { ConfirmButton } from '../../../parts/confirm-button.js';
import { FactTable } from '../../../parts/lists/fact-table.js';
import { Moment } from '../../../parts/moment.js';
import { pathOf } from '../../../server/admin-api.js';
import { type Suppression, typedOf } from './suppression.js';
import { SuppressionForm } from './suppression-form.js';

/** A rule: what it matches, who made it, and its end. */
export function SuppressionDetails({ rule, close }: { readonly rule: Suppression; readonly close: () => void }) {
  const t = useMessages();
  const mayChange = useRight('admin/Definition.u');
  return (
    <Stack>
      <FactTable
        facts={[
          ...(mayChange ? [] : partsOf(rule).map(([key, text]) => [t(`suppressions.${key}`), text] as const)),
          [t('suppressions.changedBy'), rule.changedBy],
          [t('suppressions.changedAt'), <Moment key="at" instant={rule.changedAt} />],
        ]}
      />
      {mayChange && <SuppressionForm initial={typedOf(rule)} version={rule.version} saved={close} />}
      <RemoveRule rule={rule} close={close} />
    </Stack>
  );
}

/** Parts that the rule has. */
function partsOf(rule: Suppression) {
  const { name: _name, ...parts } = typedOf(rule);
  return (Object.entries(parts) as (readonly [keyof typeof parts, string])[]).filter(([, text]) => text !== '');
}

function RemoveRule({ rule, close }: { readonly rule: Suppression; readonly close: () => void }) {
  const t = useMessages();
  const api = useServerAdmin();
  const queries = useQueryClient();
  const mayRemove = useRight('admin/Definition.d');
  if (!mayRemove) return null;
  const remove = async (): Promise<void> => {
    await api.send('DELETE', pathOf('suppression-rules', rule.name), undefined, { 'if-match': String(rule.version) });
    close();
    await queries.invalidateQueries({ queryKey: ['suppressions'] });
  };
  return (
    <ConfirmButton
      label={t('suppressions.remove')}
      text={t('suppressions.remove.what', { code: rule.code })}
      color="red.9"
      variant="filled"
      act={remove}
    />
  );
}
