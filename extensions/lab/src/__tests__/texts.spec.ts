import { formatBytes, formatNumber, formatShare, readLanguage, readText } from '../hall/texts';

describe('a text', () => {
  it('is read in the language wished', () => {
    expect(readText({ en: 'Rain', zh: '降雨' }, 'zh')).toBe('降雨');
  });

  it('is read as the portal has it where its language is not known', () => {
    expect(readText({ und: 'Regen', en: 'Rain' }, 'zh')).toBe('Regen');
  });

  it('is read in English where it is not there in the language wished', () => {
    expect(readText({ fr: 'Pluie', en: 'Rain' }, 'zh')).toBe('Rain');
  });

  it('is read in any language rather than not at all', () => {
    expect(readText({ fr: 'Pluie' }, 'zh')).toBe('Pluie');
  });

  it.each([null, undefined, {}])('that is %p is empty', texts => {
    expect(readText(texts, 'en')).toBe('');
  });
});

describe("the Lab's language", () => {
  it.each([
    ['zh_CN', 'zh'],
    ['zh-TW', 'zh'],
    ['ZH', 'zh'],
    ['en', 'en'],
    ['default', 'en'],
    ['de_DE', 'en']
  ])('%s is read as %s', (code, language) => {
    expect(readLanguage(code)).toBe(language);
  });
});

describe('a number', () => {
  it('has its thousands apart', () => {
    expect(formatNumber(1234567, 'en')).toBe('1,234,567');
  });

  it('has at most one decimal', () => {
    expect(formatNumber(2.46, 'zh')).toBe('2.5');
  });
});

describe('a size', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [1_530_000, '1.5 MB'],
    [2_000_000_000, '2 GB'],
    [5e15, '5,000 TB']
  ])('of %d bytes is told as %s', (bytes, told) => {
    expect(formatBytes(bytes, 'en')).toBe(told);
  });
});

describe('a share', () => {
  it.each([
    [0, '0%'],
    [0.000001, '0.01%'],
    [0.002, '0.2%'],
    [0.934, '93%'],
    [0.9967, '99.67%'],
    [0.999999, '99.99%'],
    [1, '100%']
  ])('of %d is told as %s', (share, told) => {
    expect(formatShare(share, 'en')).toBe(told);
  });
});
