import { SearchModel } from '../panel/search_model';
test('x', () => { expect(SearchModel).toBeTruthy(); });
