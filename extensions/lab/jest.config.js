const esm = ['@jupyterlab', '@jupyter', 'lib0', 'y-protocols', 'yjs', 'nanoid', '@rjsf', 'uuid', 'vscode-ws-jsonrpc'].join('|');
const options = { jsc: { parser: { syntax: 'typescript', tsx: true }, target: 'es2022' }, module: { type: 'commonjs' } };
module.exports = {
  testEnvironment: 'jsdom',
  transform: { '\\.(js|ts|tsx)$': ['@swc/jest', options] },
  transformIgnorePatterns: [`/node_modules/(?!(${esm})/)`],
  moduleNameMapper: { '\\.(css|less|svg)$': '<rootDir>/jest.empty.js' },
  modulePathIgnorePatterns: ['<rootDir>/datahall_lab'],
  testRegex: 'src/__tests__/.*\\.spec\\.tsx?$'
};
