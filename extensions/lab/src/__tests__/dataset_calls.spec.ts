import { findCalls, loadParser } from '../lineage/dataset_calls';

const ID = 'weather/rain';
const VERSION = '2024-01-01.0123abcd';
const IMPORTED = 'import datahall\nfrom datahall import dataset';

/** Return the ids of the calls in a cell below one that imports `datahall` and `dataset`; null where one is worked out. */
async function findIds(source: string, imported = IMPORTED): Promise<(string | null)[]> {
  const [, calls] = findCalls([imported, source], await loadParser());
  return calls.map(({ id }) => id);
}

describe('a call of datahall.dataset', () => {
  it.each([
    ['of the module', `datahall.dataset("${ID}")`],
    ['of the function alone', `ds = dataset( '${ID}' )`],
    ['with the parameter by its name', `dataset(dataset_id="${ID}")`],
    ['with a raw string', `dataset(r"${ID}")`],
    ['with a string of Unicode', `dataset(u'${ID}')`],
    ['with three quotes', `dataset("""${ID}""")`],
    ['over several lines, with comments', `df = datahall.dataset(  # rain\n    "${ID}",  # of all stations\n).polars()`],
    ['in a function', `def load():\n    return datahall.dataset("${ID}")`],
    ['in a replacement of an f-string', `f"{datahall.dataset('${ID}').card.license}"`],
    ['that is timed', `%time ds = datahall.dataset("${ID}")`],
    ['in a cell that is timed', `%%time\nds = datahall.dataset("${ID}")`],
    ['below commands of the shell', `!echo "it's\n%matplotlib inline\nfiles = !ls *'\ndatahall.dataset("${ID}")`],
    ['in code that is not finished', `x = = 3\nif\ndatahall.dataset("${ID}")`]
  ])('is found %s', async (_, source) => {
    expect(await findIds(source)).toEqual([ID]);
  });

  it.each([
    ['in a comment', `# datahall.dataset("${ID}")`],
    ['in a string', `text = 'datahall.dataset("${ID}")'`],
    ['in a docstring', `def load():\n    """As in\n\n    % datahall.dataset("${ID}")\n    """`],
    ['in the text of an f-string', `f'{x} datahall.dataset("${ID}") {{dataset("${ID}")}}'`],
    ['in a string below a line of a string that looks like a magic', `x = """\n%s"""\ny = """ dataset("${ID}") """`],
    ['in a string below a magic with an odd quote', `!echo """\ny = """ dataset("${ID}") """`],
    ['of another object', `catalog.dataset("${ID}")`],
    ['of a member', `my.datahall.dataset("${ID}")`],
    ['in a cell of another language', `%%sql\nselect dataset("${ID}")`],
    ['in a command of the shell', `!python -c 'import datahall; datahall.dataset("${ID}")'`]
  ])('is none %s', async (_, source) => {
    expect(await findIds(source)).toEqual([]);
  });

  it.each([
    ['a variable', 'dataset(name)'],
    ['an f-string', 'dataset(f"weather/{name}")'],
    ['strings side by side', 'dataset("weather/" "rain")'],
    ['a sum', 'dataset("weather/" + "rain")'],
    ['bytes', `dataset(b"${ID}")`],
    ['a list', 'dataset(*names)'],
    ['a choice', `dataset("${ID}" if x else "weather/snow")`],
    ['another parameter', `dataset(id="${ID}")`],
    ['what is no id', 'dataset("Weather")'],
    ['nothing', 'dataset()']
  ])('has no id, but its code, with %s', async (_, source) => {
    const [, [call]] = findCalls([IMPORTED, source], await loadParser());
    expect([call.id, call.text]).toEqual([null, source]);
  });

  it('tells the version, and where one is to be put in', async () => {
    const source = `dataset("${ID}@${VERSION}")\ndataset('''${ID}''')`;
    const [, [one, other]] = findCalls([IMPORTED, source], await loadParser());
    expect([one.version, other.version]).toEqual([VERSION, null]);
    expect(source.slice(0, other.at).endsWith(`dataset('''${ID}`)).toBe(true);
  });
});

describe('a name', () => {
  it.each([
    ['import datahall as dh', 'dh.dataset'],
    ['import os, datahall as dh', 'dh.dataset'],
    ['import datahall.store', 'datahall.dataset'],
    ['from datahall import search, dataset as open_it', 'open_it'],
    ['from datahall import *', 'dataset'],
    ['from datahall import *  # all\nfrom polars import *', 'dataset'],
    ['from datahall import (\n    search,  # too\n    dataset,\n)', 'dataset'],
    ['try:\n    import datahall\nexcept ImportError:\n    raise', 'datahall.dataset'],
    ['import datahall\nx = f(datahall=1)\nprint(datahall)', 'datahall.dataset']
  ])('is known after %j', async (imported, name) => {
    expect(await findIds(`${name}("${ID}")`, imported)).toEqual([ID]);
  });

  it.each([
    ['x = 1', 'dataset'],
    ['import polars as datahall', 'datahall.dataset'],
    ['import datahall as dh', 'datahall.dataset'],
    ['from seaborn import dataset', 'dataset'],
    ['from seaborn import *', 'dataset'],
    ['from datahall.store import *', 'dataset'],
    ['from datahall import *', 'open_it'],
    ['from datahall import *\nfrom seaborn import dataset', 'dataset'],
    ['from datahall import *\ndataset = 1', 'dataset'],
    ['from datahall.store import dataset', 'dataset'],
    ['from .datahall import dataset', 'dataset'],
    ['from datahall import search as dataset', 'dataset'],
    ['from datahall import dataset\nfrom seaborn import dataset', 'dataset'],
    ['def dataset(x):\n    return x', 'dataset'],
    ...[
      'def dataset(x): pass', 'class dataset: pass', 'dataset = 1', 'a, (dataset, *b) = 1', 'dataset: int = 1',
      'dataset += 1', '(dataset := 1)', 'for a, dataset in b: pass', '[dataset for dataset in b]',
      'with a as dataset: pass', 'try:\n    pass\nexcept E as dataset:\n    pass', 'lambda dataset: 1',
      'def f(a, *, dataset=1): pass', 'match x:\n    case [dataset]: pass'
    ].map(other => [`from datahall import dataset\n${other}`, 'dataset'])
  ])('is not known after %j', async (imported, name) => {
    expect(await findIds(`${name}("${ID}")`, imported)).toEqual([]);
  });
});

it('a long cell is read in a time that does not grow with its square', async () => {
  const source = `${' '.repeat(50_000)}\n${'%s\n'.repeat(5000)}x = [${'datahall, '.repeat(20_000)}]\n${'('.repeat(5000)}`;
  const start = performance.now();
  await findIds(source);
  expect(performance.now() - start).toBeLessThan(10_000);
});
