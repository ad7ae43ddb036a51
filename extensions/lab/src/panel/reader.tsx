/** What every part of the panel needs: words in the reader's language, and what a click does. */

import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';
import { Texts } from '../hall/answers';
import { HallError, LOGIN_EXPIRED, SERVER_AWAY, UNREADABLE } from '../hall/hall';
import { readText } from '../hall/texts';

export interface IReader {
  readonly trans: TranslationBundle;
  readonly language: 'en' | 'zh';
  /** Where one signs in again. */
  readonly loginUrl: string;
  /** The hall's pages in the reader's language; null on a machine of one's own. */
  readonly hallUrl: string | null;
}

export const Reader = React.createContext<IReader | null>(null);

export function useReader(): IReader & { read: (texts: Texts | null | undefined) => string } {
  const reader = React.useContext(Reader);
  if (reader === null) {
    throw new Error('The panel has no reader.');
  }
  return { ...reader, read: texts => readText(texts, reader.language) };
}

/** Say what went wrong and what to do. */
export function Failure(props: { error: HallError; onRetry?: () => void }): React.ReactElement {
  const { trans, loginUrl } = useReader();
  const { code, message, hint } = props.error;
  const told =
    code === LOGIN_EXPIRED
      ? trans.__('You are no longer signed in.')
      : code === SERVER_AWAY
        ? trans.__('Your server does not answer. Your notebooks are safe; try again in a moment.')
        : code === UNREADABLE
          ? trans.__('The answer could not be read. Try again; if it stays so, reload this page.')
          : message || trans.__('Something went wrong.');
  return (
    <div className="jp-DatahallNotice jp-mod-error" role="alert">
      <p>
        {told} {hint}
      </p>
      {code === LOGIN_EXPIRED ? (
        <a href={loginUrl} target="_blank" rel="noreferrer">
          {trans.__('Sign in again')}
        </a>
      ) : (
        props.onRetry && (
          <button className="jp-DatahallButton" onClick={props.onRetry}>
            {trans.__('Try again')}
          </button>
        )
      )}
    </div>
  );
}

/** Says that a part cannot be shown, instead of taking the whole panel away. */
export class Boundary extends React.Component<{ children: React.ReactNode }, { hasFailed: boolean }> {
  static getDerivedStateFromError(): { hasFailed: boolean } {
    return { hasFailed: true };
  }

  state = { hasFailed: false };

  render(): React.ReactNode {
    const retry = (): void => this.setState({ hasFailed: false });
    return this.state.hasFailed ? <Failure error={new HallError(UNREADABLE, '')} onRetry={retry} /> : this.props.children;
  }
}
