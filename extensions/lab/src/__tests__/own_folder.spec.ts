import './browser';
import { Contents } from '@jupyterlab/services';
import { beginNotebooksAtHome } from '../new_notebooks';
import { chooseFolder } from '../starters/own_folder';

describe('something new', () => {
  it.each([
    ['', ''],
    ['work', 'work'],
    ['work/guides', 'work/guides'],
    ['guides-of-mine', 'guides-of-mine'],
    ['guides', '.'],
    ['/guides/domains', '.'],
    ['catalogs/datasets', '.'],
    ['lessons-with-solutions/from-table-to-app', '.']
  ])('begun in %j lies in %j', (folder, place) => {
    expect(chooseFolder(folder)).toBe(place);
  });
});

describe('what the Lab makes', () => {
  async function make(options?: Contents.ICreateOptions): Promise<unknown> {
    const asked: unknown[] = [];
    const contents = { newUntitled: async (its?: Contents.ICreateOptions) => (asked.push(its), {} as Contents.IModel) };
    beginNotebooksAtHome(contents);
    await contents.newUntitled(options);
    return asked[0];
  }

  it('is put into the home where it is a notebook among the guides', async () => {
    expect(await make({ type: 'notebook', path: 'guides' })).toEqual({ type: 'notebook', path: '' });
  });

  it.each([[{ type: 'directory', path: 'guides' }], [{ type: 'notebook', path: 'work' }], [{ type: 'notebook' }], [undefined]])(
    'is put where it was to be with %j',
    async options => {
      expect(await make(options as Contents.ICreateOptions | undefined)).toEqual(options);
    }
  );
});
