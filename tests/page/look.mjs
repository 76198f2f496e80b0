// Looks at the page as people do: at a desk and on a phone, light and dark, in each state, with axe; signs in,
// reads, releases held removals, and does it without scripts as well. Ends with an error if anything is not as
// it should be.
//
//   node look.mjs TOOLS CHROMIUM ADDRESS TOKEN ADDRESS_OF_MANY_BOTS STATES
//
// STATES is JSON: daemons, each with its address and its pages (name, path, what it says).
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";

const [tools, chromium, address, token, many, states] = process.argv.slice(2);
const require = createRequire(path.resolve(tools, "package.json"));
const puppeteer = require("puppeteer-core");
const axe = await readFile(require.resolve("axe-core/axe.min.js"), "utf8");
const pictures = path.resolve(tools, "pictures");
await mkdir(pictures, { recursive: true });

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
        await page.screenshot({ path: file, fullPage: true });
      }
    }
  }
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

  await Promise.all([page.waitForNavigation(), page.click("#approve")]);
  check(page.url().endsWith("/?done=3"), `the button leads to ${page.url()}`);
  await audit(page, "released");
  await page.screenshot({ path: path.join(pictures, "released.png"), fullPage: true });
} finally {
  await browser.close();
}
console.log(wrong ? `${wrong} things are wrong` : `all is well; pictures are in ${path.relative(".", pictures)}`);
process.exitCode = wrong ? 1 : 0;
