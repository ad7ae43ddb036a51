// What the proxy says by itself while the hub, which says everything else, does not answer: the hall opens or is
// started again. Browsers try again by themselves; programs are told when to.

const AGAIN = 4; // seconds
const STATUS = 503; // whatever the proxy found: without the hub it knows no address

const makePage = (isLost) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
${isLost ? "" : `<meta http-equiv="refresh" content="${AGAIN}">`}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Datahall · 数据大厅</title>
<style>
  body { margin: 0; min-height: 100vh; display: grid; place-content: center; padding: 1.5rem; box-sizing: border-box;
    font: 1.125rem/1.6 system-ui, sans-serif; text-align: center; border-top: 4px solid #0b6b58; }
  h1 { font-size: 1.5rem; margin: 0 0 .5rem; }
  p { margin: 0 0 1.5rem; max-width: 32rem; }
</style>
</head>
<body>
<main>
<h1>The hall is opening.</h1>
<p>${isLost ? "What you sent has not arrived: go back, and send it again in a few seconds." : "It takes a few seconds. This page tries again by itself."} If it takes longer than a minute, please tell whoever runs this hall.</p>
<div lang="zh-Hans">
<h1>大厅正在开放。</h1>
<p>${isLost ? "您提交的内容没有送达：请返回，几秒钟后重新提交。" : "需要几秒钟，本页会自动重试。"}如果超过一分钟，请告知大厅的管理者。</p>
</div>
</main>
</body>
</html>
`;
const PAGES = { read: makePage(false), lost: makePage(true) };
const ERROR = JSON.stringify({
  error: { code: "opening", message: "The hall is opening.", hint: "Try again in a few seconds.", zh: { message: "大厅正在开放。", hint: "请几秒钟后重试。" } },
});

export function tellOpening(req, out) {
  if (out.writableEnded) return;
  if (out.headersSent) {
    out.destroy(); // nothing is put behind half of an answer
    return;
  }
  const isReading = req.method === "GET" || req.method === "HEAD";
  const [type, body] = wantsPage(req)
    ? ["text/html; charset=utf-8", isReading ? PAGES.read : PAGES.lost]
    : ["application/json", ERROR];
  out.writeHead(STATUS, {
    "Content-Type": type,
    "Content-Length": Buffer.byteLength(body),
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Retry-After": String(AGAIN),
  });
  out.end(req.method === "HEAD" ? undefined : body);
}

function wantsPage(req) {
  return (req.headers.accept || "").includes("text/html");
}
