import { type ComponentProps, lazy, Suspense } from 'react';
import { Loading } from '../../parts/loading.js';

const Editor = lazy(() => import('./policy-editor.js').then(({ PolicyEditor }) => ({ default: PolicyEditor })));

/** The editor of policies, which is loaded when somebody edits one. */
export const LazyPolicyEditor = (props: ComponentProps<typeof Editor>) => (
  <Suspense fallback={<Loading />}>
    <Editor {...props} />
  </Suspense>
);
