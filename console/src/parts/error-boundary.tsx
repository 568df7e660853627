import { Component, type ReactNode } from 'react';
import { Failure } from './failure.js';

/** Shows what went wrong in a page in place of the page; the rest of the console stays. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, { readonly error?: unknown }> {
  override state: { readonly error?: unknown } = {};

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return <Failure error={error} again={() => this.setState({ error: undefined })} />;
  }
}
