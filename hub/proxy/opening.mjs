// What the proxy says by itself while the hub, which says everything else, does not answer: the hall opens or is
// started again. Browsers try again by themselves; programs are told when to.

const AGAIN = 2; // seconds
const STATUS = 503; // whatever the proxy found: without the hub it knows no address

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="refresh" content="${AGAIN}">
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
<p>It takes a few seconds. This page tries again by itself.</p>
<div lang="zh-Hans">
<h1>大厅正在开放。</h1>
<p>需要几秒钟，本页会自动重试。</p>
</div>
</main>
</body>
</html>
`;
const ERROR = JSON.stringify({
  error: { code: "opening", message: "The hall is opening.", hint: "Try again in a few seconds.", zh: { message: "大厅正在开放。", hint: "请几秒钟后重试。" } },
});

export function tellOpening(req, out) {
  if (out.writableEnded) return;
  const [type, body] = wantsPage(req) ? ["text/html; charset=utf-8", PAGE] : ["application/json", ERROR];
  if (!out.headersSent) {
    out.writeHead(STATUS, {
      "Content-Type": type,
      "Content-Length": Buffer.byteLength(body),
      "Cache-Control": "no-store",
      "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      "X-Content-Type-Options": "nosniff",
      "Retry-After": String(AGAIN),
    });
  }
  out.end(req.method === "HEAD" ? undefined : body);
}

function wantsPage(req) {
  return (req.headers.accept || "").includes("text/html");
}
