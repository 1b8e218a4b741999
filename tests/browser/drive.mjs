// Opens the view in Chromium as a host would, uses it as a person would, and reports what was seen.
// One line of JSON in: what to show. Lines out: {"call"} for each tool call, answered by a line in; {"seen"} at the end.
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { chromium } from "playwright-core";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const heard = async () => JSON.parse((await lines.next()).value);
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

const { html, executable, ...start } = await heard();
const bundle = await build({ entryPoints: ["host.mjs"], bundle: true, format: "iife", write: false });
const policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'";
const pages = {
  "http://host.test/": { contentType: "text/html", body: `<iframe sandbox="allow-scripts" width="${start.width}" height="600"></iframe><script src="/host.js"></script>` },
  "http://host.test/host.js": { contentType: "text/javascript", body: bundle.outputFiles[0].text },
  "http://host.test/view": { contentType: "text/html", headers: { "Content-Security-Policy": policy }, body: html },
};

const browser = await chromium.launch({ executablePath: executable, args: ["--no-sandbox"] });
const page = await browser.newPage();
const [outside, complaints] = [[], []];
page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
page.on("pageerror", (error) => complaints.push(String(error)));
await page.route("**/*", (route) => {
  const url = route.request().url();
  if (pages[url]) return route.fulfill(pages[url]);
  if (!url.endsWith("/favicon.ico")) outside.push(url);
  return route.abort();
});
let release;
const released = new Promise((resolve) => { release = resolve; });
await page.exposeFunction("callTool", async (params) => {
  say({ call: params });
  const answer = await heard();
  if (params.arguments.by === start.late) await released;
  return answer;
});
await page.goto("http://host.test/");
await page.evaluate((given) => window.begin(given), start);

const view = page.frameLocator("iframe");
const words = async (selector) => (await view.locator(selector).allTextContents()).map((text) => text.trim());
const rows = () => view.locator("#rows tr").evaluateAll((found) => found.map((row) => ({
  label: row.cells[0].textContent, values: [...row.querySelectorAll("td.value")].map(({ textContent }) => textContent),
  value: row.cells[1].textContent, width: row.lastChild.firstChild.getBoundingClientRect().width,
  widthBefore: row.lastChild.querySelector(".before")?.getBoundingClientRect().width ?? null })));
const settled = () => view.locator("#refresh:not([aria-disabled])").waitFor();
const chosen = () => view.locator("#controls").evaluate((controls) => [...controls.querySelectorAll("select")].map(({ value }) => value));
const background = () => view.locator("body").evaluate((body) => getComputedStyle(body).backgroundColor);
const seen = {};

if (start.answer.isError) {
  await view.locator("#readout:not(:empty)").waitFor();
  say({ seen: { title: await words("#title"), readout: await words("#readout"), complaints } });
  await browser.close();
  process.exit(0);
}
await view.locator("#rows tr").first().waitFor();
seen.title = (await words("#title"))[0];
seen.markup = await view.locator("#rows script, #rows b, #rows img").count();
seen.first = await rows();
seen.below = await view.locator("#rows .below").count();
seen.sides = (await words("#sides"))[0];
seen.lines = await view.locator("svg .line").count();
seen.axis = await view.locator("svg").evaluateAll((found) => found.flatMap((drawn) => [...drawn.querySelectorAll("text")].map((text) =>
  ({ words: text.textContent, left: text.getBBox().x, box: text.getBoundingClientRect().toJSON() }))));
seen.widest = await view.locator("body").evaluate(() => document.documentElement.scrollWidth);
seen.read = await view.locator("[aria-live] table").count();
seen.headers = await view.locator("th:visible").evaluateAll((found) => found.map(({ scope, innerText }) => [scope, innerText]));
seen.told = await words("[role=status], output");
const inks = (selector, property) => view.locator(selector).evaluateAll((found, name) => found.map((each) => getComputedStyle(each)[name]), property);
await page.emulateMedia({ forcedColors: "active" });
seen.forced = { marks: await inks("#rows .length div:not(.below)", "backgroundColor"), lines: await inks("svg .line", "stroke"), ink: (await inks("body", "color"))[0] };
await page.emulateMedia({ forcedColors: "none" });
if (start.glance) {
  await view.locator("#head-value button").click();
  seen.largest = await rows();
  await view.locator("#rows tr").first().hover();
  seen.hover = (await words("#readout"))[0];
  seen.places = await view.locator("#readout").evaluate((read) => [...read.childNodes].map((part) => {
    const around = document.createRange();
    around.selectNode(part);
    return around.getBoundingClientRect().left;
  }));
  await browser.close();
  say({ seen: { ...seen, complaints } });
  process.exit(0);
}
if (start.late) {
  await view.locator("#by").selectOption(start.late);
  await view.locator("#by").selectOption("devices");
  await view.locator("#title", { hasText: "device" }).waitFor();
  release();
  await page.waitForTimeout(300); // in which a view that shows whatever comes would show it
  seen.last = [...await words("#title"), ...await chosen()];
  await view.locator("#by").selectOption("users");
  await settled();
  seen.refused = [...await words("#readout"), ...await words("#title"), ...await chosen()];
  await browser.close();
  say({ seen: { ...seen, complaints } });
  process.exit(0);
}
seen.dark = await background();
await view.locator("#rows tr").nth(1).hover();
seen.hover = (await words("#readout"))[0];

await view.locator("#head-value button").focus();
await page.keyboard.press("Enter");
await page.keyboard.press("Enter");
seen.ascending = await rows();
seen.sorted = await view.locator("#head-value").getAttribute("aria-sort");

await view.locator("#refresh").focus();
await page.keyboard.press("Enter");
await page.keyboard.press("Enter");
await settled();
seen.refreshed = await rows();
seen.focused = await view.locator(":focus").getAttribute("id");

await view.locator("#by").selectOption("daily");
await view.locator("svg").waitFor();
await settled();
seen.daily = await rows();
seen.line = await view.locator("svg .line").getAttribute("d");
seen.alone = await view.locator("svg .alone").count();
await view.locator("svg").focus();
await page.keyboard.press("Home");
seen.home = (await words("#readout"))[0];
await page.keyboard.press("ArrowRight");
seen.next = (await words("#readout"))[0];

await page.evaluate(() => window.bridge.setHostContext({ theme: "light" }));
await page.waitForTimeout(50);
seen.light = await background();
seen.sizes = await page.evaluate(() => window.sizes);
seen.torn = await page.evaluate(() => window.bridge.teardownResource({}));
await browser.close();
say({ seen: { ...seen, outside, complaints } });
process.exit(0);
