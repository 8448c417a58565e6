// The HTML report in a browser, from file://, as a person opens it.
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import { address, landscape, launch, open, report, tracePage } from "./reports.js";

const incidents = ["dead-dependency", "two-causes", "slow-database"];
const folders = {};
let browser;

before(async () => {
  for (const name of [...incidents, "healthy-noise"]) folders[name] = report(name, "html");
  browser = await launch();
});
after(() => browser?.close());

async function serious(page) {
  const found = await new AxeBuilder({ page }).analyze();
  const grave = found.violations.filter((v) => ["serious", "critical"].includes(v.impact));
  return grave.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(" | ")}`);
}

for (const name of incidents) {
  test(`${name}: everything is drawn, and nothing leaves the page`, async () => {
    const { page, complaints, requests } = await open(browser, address(folders[name]));
    assert.match(await page.locator(".verdict").textContent(), /INCIDENT/);
    assert.ok(await page.locator("#map .node").count() >= 3);
    assert.ok(await page.locator("#map .node.origin").count() === 1);
    assert.ok(await page.locator("#map .edge.cascade").count() >= 1);
    const lanes = await page.locator("#lanes .lane").count();
    assert.ok(lanes >= 2);
    // Each shows latency; some of them failures, and warnings or errors.
    assert.equal(await page.locator("#lanes .lane .curve[d^=M]").count(), lanes);
    assert.ok(await page.locator("#lanes .lane .area[d^=M]").count() >= 1);
    assert.ok(await page.locator("#lanes .lane .tick").count() >= 1);
    // Templates that came or went stand below, each with what was written when.
    const strips = await page.locator("#lanes .strip").count();
    assert.ok(strips >= 1);
    assert.equal(await page.locator("#lanes .strip:has(.tick)").count(), strips);
    assert.ok(await page.locator("#candidates .card").count() >= 1);
    assert.ok(await page.locator(".waterfall .row.blamed").count() >= 1);
    // No node lies on another, and every one is inside of the picture.
    const overlaps = await page.evaluate(() => {
      const boxes = [...document.querySelectorAll("#map .node rect")].map((n) => n.getBBox());
      const view = document.getElementById("map").viewBox.baseVal;
      const out = boxes.filter((b) => b.x < 0 || b.y < 0 || b.x + b.width > view.width || b.y + b.height > view.height);
      const on = boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) =>
        a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height));
      return out.length + on.length;
    });
    assert.equal(overlaps, 0);
    assert.deepEqual(complaints, []);
    assert.deepEqual(requests(), []);
    assert.ok(statSync(join(folders[name], "report.html")).size < 1_000_000);
    await page.context().close();
  });

  for (const colorScheme of ["light", "dark"]) {
    test(`${name}: no serious barrier in the ${colorScheme}`, async () => {
      const { page } = await open(browser, address(folders[name]), { colorScheme });
      assert.deepEqual(await serious(page), []);
      await page.context().close();
    });
  }

  test(`${name}: fits a phone`, async () => {
    const { page } = await open(browser, address(folders[name]), { viewport: { width: 390, height: 844 } });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 390);
    await page.locator("#play").scrollIntoViewIfNeeded();
    assert.ok(await page.locator("#play").isVisible());
    assert.deepEqual(await serious(page), []);
    await page.context().close();
  });
}

test("playing moves the cascade, and the slider does too", async () => {
  const { page, complaints } = await open(browser, address(folders["dead-dependency"]));
  const fallen = () => page.locator("#map .edge.fell").count();
  const all = await page.locator("#map .edge.cascade").count();
  assert.equal(await fallen(), all);
  await page.locator("#scrub").fill("0");
  assert.equal(await fallen(), 0);
  assert.equal(await page.locator("#map .node.origin.fell").count(), 1);
  const start = await page.locator("#cursor").getAttribute("x1");
  await page.locator("#play").click();
  await page.waitForFunction((n) => document.querySelectorAll("#map .edge.fell").length === n, all, { timeout: 15_000 });
  assert.match(await page.locator("#told").textContent(), new RegExp(`^Step ${all} of ${all}`));
  assert.ok(Number(await page.locator("#cursor").getAttribute("x1")) >= Number(start));
  await page.waitForFunction(() => document.getElementById("play").getAttribute("aria-pressed") === "false");
  await page.locator("#scrub").press("ArrowLeft");
  assert.equal(await fallen(), all - 1);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("the keyboard alone reaches a service, keeps it and lets it go", async () => {
  const { page } = await open(browser, address(folders["dead-dependency"]));
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  const at = () => page.evaluate(() => document.activeElement.closest(".node")?.dataset.place ?? null);
  for (let i = 0; i < 60 && (await at()) === null; i += 1) await page.keyboard.press("Tab");
  const place = await at();
  assert.notEqual(place, null);
  assert.ok(await page.locator(`[data-facts="${place}"]`).isVisible());
  await page.keyboard.press("Enter");
  assert.equal(await page.locator(".node[aria-pressed=true]").getAttribute("data-place"), place);
  assert.ok(await page.locator("#map .dim").count() > 0);
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(".node[aria-pressed=true]").count(), 0);
  assert.equal(await page.locator(".dim").count(), 0);
  await page.context().close();
});

test("pointing shows numbers, a click keeps them and filters the rest", async () => {
  const { page } = await open(browser, address(folders["dead-dependency"]));
  const origin = page.locator("#map .node.origin");
  await origin.hover();
  assert.ok(await page.locator("#panel .facts-of:visible").textContent());
  await origin.click();
  assert.ok(await page.locator("#steps tbody tr:visible").count() < await page.locator("#steps tbody tr").count());
  await origin.click();
  assert.equal(await page.locator("#steps tbody tr[hidden]").count(), 0);
  await page.context().close();
});

test("without script everything is there", async () => {
  const { page } = await open(browser, address(folders["dead-dependency"]), { javaScriptEnabled: false });
  assert.ok(await page.locator("#map .edge.fell").count() >= 1);
  assert.ok(await page.locator("#lanes .lane").first().isVisible());
  assert.ok(await page.locator("#steps").isVisible());
  assert.ok(await page.locator("#play").isHidden());
  await page.context().close();
});

test("on paper it is light, and has no buttons", async () => {
  const { page } = await open(browser, address(folders["dead-dependency"]), { colorScheme: "dark" });
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)");
  assert.ok(await page.locator("#play").isHidden());
  assert.ok((await page.pdf()).length > 10_000);
  await page.context().close();
});

test("a quiet night is told in a few words", async () => {
  const { page, complaints } = await open(browser, address(folders["healthy-noise"]));
  assert.match(await page.locator(".verdict").textContent(), /NO INCIDENT/);
  assert.ok(await page.locator("#map .node").count() > 3);
  assert.equal(await page.locator("#candidates").count(), 0);
  assert.deepEqual(complaints, []);
  assert.deepEqual(await serious(page), []);
  await page.context().close();
});

test("one trace is a page of its own", async () => {
  const { page, complaints, requests } = await open(browser, tracePage("dead-dependency", folders["dead-dependency"]));
  assert.ok(await page.locator(".waterfall .row.critical").count() >= 2);
  assert.equal(await page.locator(".waterfall .row.blamed").count(), 1);
  assert.deepEqual(complaints, []);
  assert.deepEqual(requests(), []);
  assert.deepEqual(await serious(page), []);
  await page.context().close();
});

test("of three hundred services those are drawn that took part", async () => {
  const folder = landscape(300);
  const { page, complaints } = await open(browser, address(folder));
  const nodes = await page.locator("#map .node").count();
  assert.ok(nodes >= 3 && nodes <= 60, `${nodes} nodes`);
  assert.match(await page.locator("#graph").textContent(), /took no part and are not drawn/);
  assert.match(await page.locator("#map .node.origin .name").textContent(), /^service-7$/);
  // What is drawn can be read: no letter is smaller on the screen than in print.
  const smallest = await page.evaluate(() => Math.min(...[...document.querySelectorAll("#map .node .name")]
    .map((name) => name.getBoundingClientRect().height)));
  assert.ok(smallest >= 9, `${smallest} px`);
  assert.ok(statSync(join(folder, "report.html")).size < 1_000_000);
  assert.deepEqual(complaints, []);
  assert.deepEqual(await serious(page), []);
  await page.context().close();
});
