import { HallError, LOGIN_EXPIRED, SERVER_AWAY } from '../hall/hall';
import { Desk } from '../publish/desk';

function answer(status: number, body: any): any {
  return { ok: status < 400, status, json: async () => body };
}

/** A desk whose hall gives these answers one after the other. */
function openDesk(...answers: any[]): { desk: Desk; asked: string[]; sent: any[] } {
  const asked: string[] = [];
  const sent: any[] = [];
  const ask: any = async (address: string, { method = 'GET', body }: any) => {
    asked.push(`${method} ${address}`);
    sent.push(body && JSON.parse(body));
    const told = answers.shift();
    if (told instanceof Error) {
      throw told;
    }
    return told;
  };
  return { desk: new Desk('http://hall/services/hall/', 'en', ask), asked, sent };
}

describe('the desk', () => {
  it('signs in to the hall by itself, once, and asks again', async () => {
    const { desk, asked } = openDesk(answer(401, {}), answer(200, {}), answer(200, { versions: [] }));
    expect(await desk.listVersions('rain')).toEqual([]);
    expect(asked).toEqual([
      'GET http://hall/services/hall/api/v1/apps/rain/versions',
      'GET http://hall/services/hall/sign-in?next=%2Fservices%2Fhall%2Fhealth',
      'GET http://hall/services/hall/api/v1/apps/rain/versions'
    ]);
  });

  it('has the cells of a version as they were sent', async () => {
    const cells = [{ id: 'a', source: 'rain' }, { id: 'b', source: ['snow\n', 'hail'] }, { source: 'old' }];
    const { desk, asked } = openDesk(answer(200, { cells }));
    expect(await desk.listCells({ slug: 'rain', number: 2 } as any)).toEqual([
      { id: 'a', source: 'rain' }, { id: 'b', source: 'snow\nhail' }, { id: '', source: 'old' }
    ]);
    expect(asked).toEqual(['GET http://hall/services/hall/apps/rain/versions/2/notebook.ipynb']);
  });

  it('says that the login has expired where that does not help', async () => {
    const hint = 'Sign in, or send a token in the header “Authorization: token …”.';
    const refused = answer(401, { error: { code: 'not-signed-in', message: 'This needs an account.', hint } });
    const { desk } = openDesk(refused, answer(200, {}), refused);
    await expect(desk.listVersions('rain')).rejects.toMatchObject({ code: LOGIN_EXPIRED, message: '', hint: '' });
  });

  it('has no versions of an app that nobody has submitted', async () => {
    const { desk } = openDesk(answer(404, { error: { code: 'x', message: 'm', hint: '' } }));
    expect(await desk.listVersions('rain')).toEqual([]);
  });

  it('passes on what the hall says', async () => {
    const { desk } = openDesk(answer(422, { error: { code: 'bad-app', message: 'No title.', hint: 'Write one.' } }));
    const error = await desk.submit('rain', {}, {} as any).catch(each => each);
    expect(error).toBeInstanceOf(HallError);
    expect([error.code, error.message, error.hint]).toEqual(['bad-app', 'No title.', 'Write one.']);
  });

  it('moves a version on as it was when it was looked at', async () => {
    const version: any = { slug: 'rain', number: 2, revision: 5 };
    const { desk, asked, sent } = openDesk(answer(200, { ...version, revision: 6 }));
    expect(await desk.move(version, 'roll-back')).toMatchObject({ number: 2, revision: 6 });
    expect(asked).toEqual(['POST http://hall/services/hall/api/v1/apps/rain/versions/2/roll-back']);
    expect(sent).toEqual([{ revision: 5 }]);
  });

  it('says why a version does not move that has moved meanwhile', async () => {
    const told = { code: 'outdated-change', message: 'It has changed.', hint: 'Look at it again.' };
    const { desk, asked } = openDesk(answer(409, { error: told }));
    await expect(desk.move({ slug: 'rain', number: 2, revision: 5 } as any, 'roll-back')).rejects.toMatchObject(told);
    expect(asked.length).toBe(1);
  });

  it.each([[new TypeError('network')], [answer(502, null)]])('says that nobody answers for %p', async told => {
    const { desk } = openDesk(told);
    await expect(desk.submit('rain', {}, {} as any)).rejects.toMatchObject({ code: SERVER_AWAY });
  });
});
