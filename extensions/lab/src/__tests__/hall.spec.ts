/** @jest-environment node */

import { ServerConnection } from '@jupyterlab/services';
import { createServer, IncomingMessage, Server, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import { Hall, HallError, LOGIN_EXPIRED, SERVER_AWAY, UNREADABLE, writeQuery } from '../hall/hall';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server half that answers what a test wants, and notes what it was asked. */
let server: Server;
let answer: Answer;
let asked: IncomingMessage[];

beforeAll(done => {
  server = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  }).listen(0, '127.0.0.1', done);
});

beforeEach(() => {
  asked = [];
  answer = tell(200, NOTHING);
});

afterAll(done => {
  server.closeAllConnections();
  server.close(done);
});

function tell(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (_, response) => response.writeHead(status, headers).end(JSON.stringify(body));
}

function openHall(options: Partial<ServerConnection.ISettings> = {}): Hall {
  const { port } = server.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}/user/ada/`;
  return new Hall(ServerConnection.makeSettings({ baseUrl, ...options }), () => 'zh');
}

/** Return what a question failed with. */
async function fail(question: Promise<unknown>): Promise<any> {
  return question.then(
    () => 'it did not fail',
    error => error
  );
}

const NOTHING = { results: [], total: 0, page: 1, pages: 0 };
const WISH = { words: 'rain', chosen: {}, sort: 'relevance', page: 1 };

describe('a query', () => {
  it('holds the words without spaces around them', () => {
    expect(writeQuery({ words: '  rain in Seattle ' })).toBe('q=rain+in+Seattle');
  });

  it('escapes what has a meaning in addresses', () => {
    expect(writeQuery({ words: '天气&theme=x#' })).toBe('q=%E5%A4%A9%E6%B0%94%26theme%3Dx%23');
  });

  it('holds at most 200 characters of words', () => {
    expect(new URLSearchParams(writeQuery({ words: 'x'.repeat(300) })).get('q')).toHaveLength(200);
  });

  it('leaves out what the hall takes for granted', () => {
    expect(writeQuery({ words: 'rain', sort: 'relevance', page: 1 })).toBe('q=rain');
  });

  it('names another order and a later page', () => {
    expect(writeQuery({ words: '', sort: 'newest', page: 3 })).toBe('q=&sort=newest&page=3');
  });

  it('holds each chosen value once, in their order', () => {
    expect(writeQuery({ words: '', chosen: { theme: ['b', 'a', 'b'], access: ['open'] } })).toBe(
      'q=&theme=b&theme=a&access=open'
    );
  });
});

describe('a question', () => {
  it('goes to the address of the server half, below where the server is', async () => {
    await openHall().search(WISH);
    expect(asked[0].url).toBe('/user/ada/datahall/api/v1/datasets?q=rain');
  });

  it('is asked in the language of the Lab', async () => {
    await openHall().search(WISH);
    expect(asked[0].headers['accept-language']).toBe('zh');
  });

  it('names the version whose first rows are wished', async () => {
    answer = tell(200, { version: '2024.1', columns: [], rows: [] });
    await openHall().showFirstRows('weather/rain', '2024.1');
    expect(asked[0].url).toBe('/user/ada/datahall/api/v1/datasets/weather/rain/preview?version=2024.1');
  });

  it('for facets names neither order nor page', async () => {
    answer = tell(200, { facets: {} });
    await openHall().countFacets({ ...WISH, sort: 'newest', page: 4 });
    expect(asked[0].url).toBe('/user/ada/datahall/api/v1/facets?q=rain');
  });

  it('is answered with what the server half has told', async () => {
    answer = tell(200, { results: [{ id: 'weather' }] });
    expect(await openHall().listThemes()).toEqual([{ id: 'weather' }]);
  });
});

describe('who has answered', () => {
  it('is the hall before anything was asked', () => {
    expect(openHall().origin).toBe('hall');
  });

  it('is the cards where the server half says so', async () => {
    answer = tell(200, NOTHING, { 'X-Datahall-Origin': 'cards' });
    const hall = openHall();
    await hall.search(WISH);
    expect(hall.origin).toBe('cards');
  });

  it('is the hall again once it answers again', async () => {
    const hall = openHall();
    answer = tell(200, NOTHING, { 'X-Datahall-Origin': 'cards' });
    await hall.search(WISH);
    answer = tell(200, NOTHING, { 'X-Datahall-Origin': 'hall' });
    await hall.search(WISH);
    expect(hall.origin).toBe('hall');
  });
});

describe('an answer that does not hold what it should', () => {
  it.each([{}, null, 5, [], { ...NOTHING, results: 'abc' }, { ...NOTHING, results: [null] }])(
    'is an error in words: a search by %j',
    async told => {
      answer = tell(200, told);
      expect((await fail(openHall().search(WISH))).code).toBe(UNREADABLE);
    }
  );

  it.each([{}, { id: 'a/b' }, { id: 'a/b', title: { en: 'A' }, description: {}, citation: null }])(
    'is an error in words: details by %j',
    async told => {
      answer = tell(200, told);
      expect((await fail(openHall().describe('a/b'))).code).toBe(UNREADABLE);
    }
  );

  it('is an error in words: a page in place of JSON', async () => {
    answer = (_, response) => response.writeHead(200).end('<h1>Hello</h1>');
    expect((await fail(openHall().listThemes())).code).toBe(UNREADABLE);
  });
});

describe('an error', () => {
  it('tells the code, the message and the hint of the answer', async () => {
    answer = tell(404, { error: { code: 'unknown-dataset', message: 'No such dataset.', hint: 'Try another.' } });
    const error = await fail(openHall().describe('weather/none'));
    expect(error).toBeInstanceOf(HallError);
    expect([error.code, error.message, error.hint]).toEqual(['unknown-dataset', 'No such dataset.', 'Try another.']);
  });

  it.each([401, 403])('of status %i without a code means that the login has expired', async status => {
    answer = tell(status, { message: 'Forbidden', reason: null });
    expect((await fail(openHall().search(WISH))).code).toBe(LOGIN_EXPIRED);
  });

  it('of status 403 with a code is what the hall refuses', async () => {
    answer = tell(403, { error: { code: 'no-grant', message: 'Ask for it.' } });
    expect((await fail(openHall().search(WISH))).code).toBe('no-grant');
  });

  it('that is no JSON means that the server is away', async () => {
    answer = (_, response) => response.writeHead(502).end('<h1>Bad gateway</h1>');
    expect((await fail(openHall().search(WISH))).code).toBe(SERVER_AWAY);
  });

  it('of a lost connection means that the server is away', async () => {
    answer = request => request.socket.destroy();
    expect((await fail(openHall().search(WISH))).code).toBe(SERVER_AWAY);
  });
});

describe('a redirect', () => {
  it('that a browser keeps to itself means that the login has expired', async () => {
    const hidden = { type: 'opaqueredirect', status: 0, ok: false, json: () => Promise.reject(new SyntaxError()) };
    const hall = openHall({ fetch: () => Promise.resolve(hidden as unknown as Response) });
    expect((await fail(hall.search(WISH))).code).toBe(LOGIN_EXPIRED);
  });

  it('is not followed', async () => {
    answer = (_, response) => response.writeHead(302, { Location: '/hub/login' }).end();
    await fail(openHall().search(WISH));
    expect(asked).toHaveLength(1);
  });
});

describe('a question given up', () => {
  it('fails with what the browser says, and is no fault of the server', async () => {
    const given = new AbortController();
    answer = () => given.abort();
    const error = await fail(openHall().search(WISH, given.signal));
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(HallError);
  });

  it('does not change who has answered', async () => {
    const given = new AbortController();
    answer = () => given.abort();
    const hall = openHall();
    await fail(hall.search(WISH, given.signal));
    expect(hall.origin).toBe('hall');
  });
});
