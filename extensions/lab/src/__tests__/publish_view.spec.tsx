import './browser';
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import React, { act } from 'react';
import { createRoot } from 'react-dom/client';
import { Reader } from '../panel/reader';
import { fillForm } from '../publish/manifest';
import { PublishView } from '../publish/publish_view';

const VERSION: any = {
  slug: 'rain', number: 1, state: 'approved', revision: 3, actions: [], waits_for: 'publishing', note: '',
  findings: [], events: [], comments: [], created: ''
};
const READER: any = { trans: nullTranslator.load(''), language: 'en', loginUrl: '', read: (text: any) => text.en };

beforeAll(() => Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true }));

/** What is shown of a publication whose newest version is this; `more` is what else its model has. */
function show(version: any, more: any = {}): HTMLElement {
  const form = fillForm({ path: 'rain.ipynb', markdown: [], uses: [], author: 'Ada' }, null);
  const model: any = { form, newest: version, versions: [version], missing: [], error: null, isBusy: false, ...more };
  const preview: any = { page: null, failure: null, state: 'none' };
  preview.changed = new Signal(preview);
  const nothing = (): any => null;
  const node = document.createElement('div');
  const view = (
    <Reader.Provider value={READER}>
      <PublishView
        model={model} preview={preview} themes={[]} appUrl={slug => `/services/apps/${slug}`} onForm={nothing}
        onPreview={nothing} onSubmit={nothing} find={nothing} findFailed={nothing} onGoTo={nothing}
      />
    </Reader.Provider>
  );
  act(() => createRoot(node).render(view));
  return node;
}

describe('a publication', () => {
  it('is said to be starting once it is approved, and leads to its app once that is there', () => {
    const starting = show(VERSION);
    expect(starting.querySelector('[role=status]')?.textContent).toMatch(/approved and is starting/);
    expect(starting.querySelector('a')).toBeNull();
    const there = show({ ...VERSION, state: 'published', waits_for: null });
    expect(there.querySelector('[role=status]')?.textContent).toMatch(/is public/);
    expect(there.querySelector('a')?.getAttribute('href')).toBe('/services/apps/rain');
  });

  it('has a button for each thing that its author may do with a version, and none for what a steward does', () => {
    const former = { ...VERSION, waits_for: null, actions: ['roll-back', 'retire', 'approve'] };
    const newest = { ...VERSION, number: 2, state: 'published', waits_for: null };
    const moved: any[] = [];
    const move = async (...given: any[]): Promise<void> => void moved.push(given);
    const rows = show(newest, { versions: [newest, former], move }).querySelectorAll('.jp-DatahallLinks li');
    expect([...rows].map(row => row.querySelectorAll('button').length)).toEqual([0, 2]);
    const again = [...rows[1].querySelectorAll('button')].find(each => each.textContent === 'Show this version again');
    act(() => again?.click());
    expect(moved).toEqual([[former, 'roll-back']]);
  });

  it('moves no version while another is moving', () => {
    const version = { ...VERSION, waits_for: null, actions: ['roll-back'] };
    const buttons = show(version, { isBusy: true }).querySelectorAll<HTMLButtonElement>('.jp-DatahallLinks button');
    expect([...buttons].map(each => each.disabled)).toEqual([true]);
  });

  it('asks for no goal, and says so', () => {
    const legends = [...show(VERSION).querySelectorAll('legend')].map(each => each.textContent);
    expect(legends).toEqual(['Domains', 'What it is good for (optional)']);
  });

  it.each([
    [{ file: 'app.ipynb', cell: 2 }, 'Cell 2 of version 1'],
    [{ file: 'app.ipynb' }, ''],
    [{ file: 'app.yaml', field: 'title.zh' }, 'title.zh']
  ])('says of a finding at %p where it was: %p', (place, said) => {
    const finding = { severity: 'problem', message: 'Odd.', mend: 'Mend it.', place };
    const item = show({ ...VERSION, findings: [finding] }).querySelector('li');
    expect(item?.textContent?.trim()).toBe(`Odd. Mend it. ${said}`.trim());
  });
});
