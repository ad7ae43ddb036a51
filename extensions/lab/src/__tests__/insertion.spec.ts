import { NBTestUtils } from '@jupyterlab/notebook/lib/testutils';
test('x', () => { expect(NBTestUtils.createNotebook()).toBeTruthy(); });
