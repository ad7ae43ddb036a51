/** The form for what an app says about itself. */

import React from 'react';
import { ITheme } from '../hall/answers';
import { IReader, useReader } from '../panel/reader';
import { GOALS, IForm, IManifest, LICENSES, makeSlug } from './manifest';

interface IFormProps {
  readonly form: IForm;
  readonly themes: readonly ITheme[];
  readonly missing: readonly string[];
  readonly onChange: (form: IForm) => void;
}

function nameGoals({ trans }: IReader): { readonly [goal: string]: string } {
  return {
    governance: trans.__('Better governance'),
    economy: trans.__('A steady economy'),
    services: trans.__('Services for people'),
    innovation: trans.__('Innovation'),
    industry: trans.__('Industry and science')
  };
}

export function ManifestForm(props: IFormProps): React.ReactElement {
  const reader = useReader();
  const { trans, read } = reader;
  const { form, missing, onChange } = props;
  const { slug, manifest } = form;
  const change = (part: Partial<IManifest>): void => onChange({ slug, manifest: { ...manifest, ...part } });
  const goals = nameGoals(reader);
  return (
    <form className="jp-DatahallForm" onSubmit={event => event.preventDefault()}>
      {(['title', 'summary'] as const).map(name =>
        (['zh', 'en'] as const).map(language => (
          <Field
            key={`${name}.${language}`}
            label={nameText(name, language, reader)}
            isMissing={missing.includes(`${name}.${language}`)}
          >
            {id =>
              name === 'title' ? (
                <input
                  id={id}
                  lang={language}
                  maxLength={100}
                  value={manifest.title[language]}
                  onChange={event => change({ title: { ...manifest.title, [language]: event.target.value } })}
                />
              ) : (
                <textarea
                  id={id}
                  lang={language}
                  rows={3}
                  maxLength={500}
                  value={manifest.summary[language]}
                  onChange={event => change({ summary: { ...manifest.summary, [language]: event.target.value } })}
                />
              )
            }
          </Field>
        ))
      )}
      <Field label={trans.__('Name in its address')} isMissing={missing.includes('slug')}>
        {id => (
          <input
            id={id}
            value={slug}
            onChange={event => onChange({ slug: event.target.value, manifest })}
            onBlur={() => onChange({ slug: makeSlug(slug), manifest })}
          />
        )}
      </Field>
      <Field label={trans.__('Authors, one on each line')} isMissing={missing.includes('authors')}>
        {id => (
          <textarea
            id={id}
            rows={2}
            value={manifest.authors.map(({ name }) => name).join('\n')}
            onChange={event => change({ authors: event.target.value.split('\n').map(name => ({ name })) })}
          />
        )}
      </Field>
      <Field label={trans.__('Licence of the notebook')} isMissing={missing.includes('license')}>
        {id => (
          <select id={id} value={manifest.license} onChange={event => change({ license: event.target.value })}>
            {[...new Set([...LICENSES, manifest.license])].map(each => (
              <option key={each}>{each}</option>
            ))}
          </select>
        )}
      </Field>
      <Choices
        legend={trans.__('Domains')}
        isMissing={missing.includes('themes')}
        choices={props.themes.map(({ id, title }) => [id, read(title)] as const)}
        chosen={manifest.themes}
        onChange={themes => change({ themes })}
      />
      <Choices
        legend={trans.__('What it is good for (optional)')}
        isMissing={false}
        choices={GOALS.map(goal => [goal, goals[goal]] as const)}
        chosen={manifest.goals}
        onChange={chosen => change({ goals: chosen })}
      />
      <p className={missing.includes('datasets') ? 'jp-mod-missing' : ''}>
        {trans.__('Datasets')}
        {': '}
        {manifest.datasets.length > 0
          ? manifest.datasets.map(({ id }) => id).join(trans.__(', '))
          : trans.__('none yet. Run the notebook, so that it is known which ones it opens.')}
      </p>
      <label>
        <input
          type="checkbox"
          checked={manifest.show_source}
          onChange={event => change({ show_source: event.target.checked })}
        />
        <span>{trans.__('Everybody may read its code and open a copy')}</span>
      </label>
    </form>
  );
}

function nameText(name: 'title' | 'summary', language: 'en' | 'zh', { trans }: IReader): string {
  if (name === 'title') {
    return language === 'en' ? trans.__('Title in English') : trans.__('Title in Chinese');
  }
  return language === 'en' ? trans.__('Summary in English') : trans.__('Summary in Chinese');
}

function Field(props: {
  label: string;
  isMissing: boolean;
  children: (id: string) => React.ReactElement;
}): React.ReactElement {
  const { trans } = useReader();
  const id = React.useId();
  const field = props.children(id);
  return (
    <div className={`jp-DatahallField ${props.isMissing ? 'jp-mod-missing' : ''}`}>
      <label htmlFor={id}>{props.label}</label>
      {React.cloneElement(field, props.isMissing ? { 'aria-invalid': true, 'aria-describedby': `${id}-told` } : {})}
      {props.isMissing && (
        <p id={`${id}-told`} className="jp-DatahallMissing">
          {trans.__('Please fill this in.')}
        </p>
      )}
    </div>
  );
}

function Choices(props: {
  legend: string;
  isMissing: boolean;
  choices: readonly (readonly [string, string])[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}): React.ReactElement {
  const { trans } = useReader();
  const { chosen, onChange } = props;
  const toggle = (value: string): void =>
    onChange(chosen.includes(value) ? chosen.filter(each => each !== value) : [...chosen, value]);
  return (
    <fieldset className={props.isMissing ? 'jp-mod-missing' : ''}>
      <legend>{props.legend}</legend>
      {props.isMissing && <p className="jp-DatahallMissing">{trans.__('Please choose at least one.')}</p>}
      <div className="jp-DatahallChoices">
        {props.choices.map(([value, title]) => (
          <label key={value}>
            <input type="checkbox" checked={chosen.includes(value)} onChange={() => toggle(value)} />
            <span>{title}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
