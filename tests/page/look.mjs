// Looks at the page as people do: at a desk and on a phone, light and dark, in each state, with axe; signs in,
// reads, releases held removals, and does it without scripts as well. Ends with an error if anything is not as
// it should be.
//
//   node look.mjs TOOLS CHROMIUM ADDRESS TOKEN ADDRESS_OF_MANY_BOTS STATES
//
// STATES is JSON: daemons, each with its address and its pages (name, path, what it says). With UPDATE_PICTURES in the
// environment the pictures of the documents are taken, too.
import { copyFile, mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import net from "node:net";
import path from "node:path";

const [tools, chromium, address, token, many, states] = process.argv.slice(2);
const require = createRequire(path.resolve(tools, "package.json"));
const puppeteer = require("puppeteer-core");
const axe = await readFile(require.resolve("axe-core/axe.min.js"), "utf8");
const pictures = path.resolve(tools, "pictures");
await mkdir(pictures, { recursive: true });

// The pictures of the documents, and the pages that they show.
const documents = {
  overview: "overview-of-all",
  bot: "bot-attention",
  step: "story",
  untrained: "asked-untrained",
  verified: "asked-verified",
};

const sizes = { desk: [1280, 900], phone: [390, 844] };
const schemes = ["light", "dark"];
let wrong = 0;

function check(isSo, what) {
  if (!isSo) {
    wrong += 1;
    console.log(`WRONG: ${what}`);
  }
}

async function audit(page, what) {
  const { violations, passes } = await page.evaluate(`${axe}; axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })`);
  for (const it of violations) {
    const where = it.nodes.map((node) => `${node.target.join(" ")}: ${node.failureSummary}`);
    check(false, `${what}: ${it.id}: ${it.help}\n  ${where.slice(0, 5).join("\n  ")}`);
  }
  check(passes.length > 10, `${what}: axe looked at ${passes.length} rules only`);
  const spare = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  check(spare <= 0, `${what}: it is ${spare} pixels too wide`);
}

// A person at a daemon. Cookies do not tell ports apart, so each has a context of their own.
async function visit(browser) {
  const page = await (await browser.createBrowserContext()).newPage();
  page.on("console", (said) => {
    // Chromium reports the pages that answer 401 and 404 on purpose.
    if (said.type() === "error" && !/status of 40[14]/.test(said.text())) {
      check(false, `the browser says: ${said.text()}`);
    }
  });
  page.on("pageerror", (error) => check(false, `a script failed: ${error}`));
  return page;
}

async function signIn(page) {
  await page.type("#who", "Ada Lovelace");
  await page.type("#token", token);
  await Promise.all([page.waitForNavigation(), page.click("main button")]);
}

// The export of a test is in another folder each time.
function hideFolder() {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    text.data = text.data.replace(/\/\S*\/\.tmp\w+\//, "/srv/knowledge-base/");
  }
}

// Each page in each light and size, with a picture of it.
async function lookAtAll(page, pages) {
  for (const scheme of schemes) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    for (const [size, [width, height]] of Object.entries(sizes)) {
      await page.setViewport({ width, height });
      for (const [name, where] of pages) {
        await page.goto(where, { waitUntil: "domcontentloaded" });
        await audit(page, `${name}, ${scheme}, ${size}`);
        const file = path.join(pictures, `${name}-${scheme}-${size}.png`);
        await page.evaluate(hideFolder);
        await page.screenshot({ path: file, fullPage: true });
      }
    }
  }
}

// Passes connections on, until it is closed: a daemon that goes away.
function between(port) {
  const open = new Set();
  const server = net.createServer((near) => {
    const far = net.connect(Number(port), "127.0.0.1");
    for (const [socket, other] of [[near, far], [far, near]]) {
      open.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => { open.delete(socket); other.destroy(); });
    }
    near.pipe(far);
    far.pipe(near);
  });
  const listen = (at) => new Promise((done) => server.listen(at, "127.0.0.1", done));
  return {
    listen,
    address: () => `http://127.0.0.1:${server.address().port}`,
    close: () => new Promise((done) => {
      server.close(done);
      for (const socket of open) socket.destroy();
    }),
  };
}

// What the server sends, by axe, which is a script itself: those of the page are empty.
async function auditWithoutScripts(page, pages) {
  const answer = (request) => (request.resourceType() === "script"
    ? request.respond({ contentType: "text/javascript", body: "" })
    : request.continue());
  await page.setRequestInterception(true);
  page.on("request", answer);
  for (const [size, [width, height]] of Object.entries(sizes)) {
    await page.setViewport({ width, height });
    for (const [name, where] of pages) {
      await page.goto(where, { waitUntil: "domcontentloaded" });
      await audit(page, `${name} without scripts, ${size}`);
    }
  }
  page.off("request", answer);
  await page.setRequestInterception(false);
}

// Each state with its words, and the same without scripts.
async function lookAtStates(browser, { address, pages }) {
  const page = await visit(browser);
  await page.goto(`${address}/`, { waitUntil: "domcontentloaded" });
  await signIn(page);
  const addressed = pages.map(([name, where, words]) => [name, `${address}${where}`, words]);
  await lookAtAll(page, addressed);
  await auditWithoutScripts(page, addressed);
  await page.setJavaScriptEnabled(false);
  for (const [size, [width, height]] of Object.entries(sizes)) {
    await page.setViewport({ width, height });
    for (const [name, where, words] of addressed) {
      await page.goto(where, { waitUntil: "domcontentloaded" });
      const said = await page.$eval("main", (main) => main.innerText);
      const meant = words.replace(/<[^>]*>/g, "");
      check(said.includes(meant), `${name} without scripts does not say "${meant}": ${said}`);
    }
  }
}

const browser = await puppeteer.launch({
  executablePath: chromium,
  args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
});
try {
  const page = await visit(browser);
  const open = (where) => page.goto(new URL(where, address).href, { waitUntil: "domcontentloaded" });
  await open("/steps/acme_support/d");
  await audit(page, "sign in");
  await page.screenshot({ path: path.join(pictures, "sign-in.png") });
  await signIn(page);
  check(page.url() === `${address}/steps/acme_support/d`, `signing in leads to ${page.url()}`);

  const pages = {
    overview: "/",
    story: "/steps/acme_support/d",
    live: "/steps/acme_support/e",
    refused: "/steps/acme_support/opening-hours",
    held: "/steps/acme_support/a",
    unknown: "/steps/acme_support/openning-hours",
    search: "/steps?q=What+is",
    steps: "/bots/acme_support/steps",
    upload: "/bots/acme_support/uploads/1",
    list: `${many}/`,
    bot: `${many}/bots/shop_007`,
    "many-steps": `${many}/bots/shop_000/steps`,
    "many-steps-later": `${many}/bots/shop_000/steps?after=kb-2399`,
    "many-found": `${many}/steps?q=kb-24`,
    "many-bot": `${many}/bots/shop_000`,
  };
  const addressed = Object.entries(pages).map(([name, where]) => [name, new URL(where, address).href]);
  await lookAtAll(page, addressed);
  // A page that stays open for minutes is cut off from its events, and the browser says so.
  await page.goto("about:blank");
  for (const daemon of JSON.parse(states)) {
    await lookAtStates(browser, daemon);
  }

  // Many bots: rows that the eye can run down, trouble first, narrowed as one types, and few requests.
  for (const [size, [width, height]] of Object.entries(sizes)) {
    await page.setViewport({ width, height });
    let requests = 0;
    const count = () => { requests += 1; };
    page.on("request", count);
    await open(`${many}/`);
    await page.waitForSelector("#live:not([hidden])");
    page.off("request", count);
    check(requests <= 5, `the list takes ${requests} requests`);
    const highest = await page.$$eval("#rows tr", (rows) => Math.max(...rows.map((row) => row.getBoundingClientRect().height)));
    check(highest <= 33, `a row of the list is ${highest} pixels high on the ${size}`);
    const first = await page.$eval("#rows tr", (row) => row.textContent);
    check(first.includes("acme_support"), `trouble does not come first: ${first}`);
    await page.type("#name", "_01");
    const shown = await page.$$eval("#rows tr:not([hidden])", (rows) => rows.length);
    check(shown === 10, `${shown} rows are shown for "_01"`);
    await page.screenshot({ path: path.join(pictures, `narrowed-${size}.png`) });
  }
  // Also between the two, a state is to be read.
  for (const width of [390, 600, 800, 1000, 1280]) {
    await page.setViewport({ width, height: 900 });
    await open(`${many}/`);
    const cut = await page.$$eval("#rows .doing", (cells) => cells.filter((cell) => !cell.querySelector(".why") && cell.scrollWidth > cell.clientWidth).length);
    check(cut === 0, `the states of ${cut} bots are cut at ${width} pixels`);
  }
  await page.setViewport({ width: 1280, height: 900 });

  await open("/steps/acme_support/e");
  check(!(await page.title()).includes("taken over"), "a script of an article was run");
  await open("/steps/acme_support/d");
  check((await page.$$eval("ins", (all) => all[0]?.textContent)) === "30", "the difference is not marked");
  check((await page.$$eval("del", (all) => all[0]?.textContent)) === "14", "the difference is not marked");
  const times = await page.$$eval("time", (all) => all.every((time) => time.title.endsWith("UTC")));
  check(times, "times are not told in the reader's zone");

  // The first thing that the keyboard reaches leads past the header.
  await page.keyboard.press("Tab");
  const first = await page.evaluate(() => document.activeElement.textContent);
  check(first === "Skip to the content", `the keyboard reaches "${first}" first`);
  await page.keyboard.press("Enter");
  check(await page.evaluate(() => document.activeElement.id === "main"), "the skip link leads nowhere");

  // Without scripts everything is there as well.
  await page.setJavaScriptEnabled(false);
  await open("/");
  const list = await page.$$eval("#held .names a", (all) => all.map((a) => a.textContent));
  check(list.join() === "a,b,c", `held without scripts: ${list}`);
  await page.setJavaScriptEnabled(true);

  // An open page follows along: the time that the upload is under way goes on automatically.
  await open("/");
  await page.waitForSelector("#live:not([hidden])");
  const before = await page.$eval(".moving", (words) => words.textContent);
  // From two minutes on it is told in minutes.
  const goesOn = (before) => document.querySelector(".moving")?.textContent !== before;
  await page.waitForFunction(goesOn, { timeout: 90_000 }, before);

  // Rows are patched one by one: nothing else is fetched, and those that are the same stay.
  await open(`${many}/`);
  await page.waitForSelector("#live:not([hidden])");
  const fetched = [];
  const note = (request) => fetched.push(new URL(request.url()).pathname);
  page.on("request", note);
  const patched = await page.evaluate(async () => {
    const rows = document.getElementById("rows").rows;
    const [same, other] = [rows[0], rows[1]];
    other.dataset.as = "as it was before";
    await refresh(document.querySelector("main"));
    return [document.getElementById("rows").rows[0] === same, document.getElementById(other.id) !== other];
  });
  page.off("request", note);
  check(patched.every(Boolean), `rows are not patched one by one: ${patched}`);
  check(fetched.join() === "/rows", `a patch fetches ${fetched}`);

  // A page whose daemon is gone says so, and says when it is back.
  const way = between(new URL(many).port);
  await way.listen(0);
  const through = way.address();
  const watching = await (await browser.createBrowserContext()).newPage();
  await watching.goto(`${through}/`, { waitUntil: "domcontentloaded" });
  await watching.waitForSelector("#live:not([hidden])");
  await way.close();
  await watching.waitForSelector("#lost:not([hidden])");
  const lost = await watching.$eval("#lost", (words) => words.textContent);
  check(lost.startsWith("Connection lost at "), `a lost connection is told as "${lost}"`);
  check(await watching.$eval("#live", (words) => words.hidden), "it is told to be live and lost");
  await watching.screenshot({ path: path.join(pictures, "lost.png") });
  await way.listen(new URL(through).port);
  await watching.waitForSelector("#live:not([hidden])", { timeout: 60_000 });
  check(await watching.$eval("#lost", (words) => words.hidden), "what was lost is not told to be back");
  await way.close();
  await watching.close();
  await open("/");

  // Another site cannot press the button, even for somebody who has signed in.
  const form = await page.$eval("#held form", (form) => new URLSearchParams(new FormData(form)).toString());
  const elsewhere = await browser.newPage();
  await elsewhere.setContent(`<form method="post" action="${address}/bots/acme_support/approve">
    ${form.split("&").map((pair) => `<input name="${pair.split("=")[0]}" value="${pair.split("=")[1]}">`).join("")}</form>`);
  const [answer] = await Promise.all([
    elsewhere.waitForNavigation(),
    elsewhere.evaluate(() => document.querySelector("form").submit()),
  ]);
  check([401, 403].includes(answer.status()), `another site's form is answered ${answer.status()}`);
  await elsewhere.close();

  // What takes answers away is asked for twice.
  check(!(await page.$eval("#approve", (button) => button.checkVisibility())), "one press releases removals");
  await page.click("#release summary");
  await page.screenshot({ path: path.join(pictures, "release.png"), fullPage: true });
  await Promise.all([page.waitForNavigation(), page.click("#approve")]);
  check(page.url().endsWith("/?done=3"), `the button leads to ${page.url()}`);
  await audit(page, "released");
  await page.screenshot({ path: path.join(pictures, "released.png"), fullPage: true });
} finally {
  await browser.close();
}
if (process.env.UPDATE_PICTURES) {
  for (const [name, shown] of Object.entries(documents)) {
    const document = new URL(`../../docs/pictures/${name}.png`, import.meta.url);
    await copyFile(path.join(pictures, `${shown}-light-desk.png`), document);
  }
}
console.log(wrong ? `${wrong} things are wrong` : `all is well; pictures are in ${path.relative(".", pictures)}`);
process.exitCode = wrong ? 1 : 0;
