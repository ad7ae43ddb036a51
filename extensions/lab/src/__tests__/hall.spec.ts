/** @jest-environment node */
import { Hall } from '../hall/hall';
test('x', () => { expect(Hall).toBeTruthy(); });
